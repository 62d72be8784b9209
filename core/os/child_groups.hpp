#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace menacedb {

// In the environment of a child that was started with a mark: "<mark>.<its process group>".
inline constexpr std::string_view k_child_group_variable = "MENACEDB_CHILD_GROUP";

// Kills what is left of the groups that lead children with these marks, whoever started them: a
// child dies with its starter, but what it started itself does not. Programs that left the group or
// cleared their environment are not found, nor are those of other users and machines. When it
// returns, what was killed does nothing any more. Reads the environments of all processes: for
// when a starter has died, not for every day. Answers how many groups were killed.
std::size_t end_child_groups(std::span<const std::string> marks);

} // namespace menacedb
