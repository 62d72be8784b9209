#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// "did you mean 'queue.dir'?", or nothing when nothing is near.
[[nodiscard]] std::string did_you_mean(const std::optional<std::string>& candidate);
[[nodiscard]] std::string suggest_item(std::string_view key);
[[nodiscard]] std::string suggest_section(std::string_view name);
// Whether some item's key begins with this name and a dot.
[[nodiscard]] bool is_section(std::string_view name);

} // namespace menacedb
