#pragma once

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/model/entry.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// What is wrong with an entry before it is queued. Only what the queue could take may be
// acknowledged: what the drain would refuse for its form is refused by the producer's command,
// where it can still be mended.

[[nodiscard]] Error bad_row(std::string_view code, std::string_view why);
// A row that a direct write could not take. It may have reached tables that its entry does not
// name: they are refused as if it had named them.
[[nodiscard]] Error refused_row(const std::string& file, const Fault& fault);
// Throws usage, "unsafe-id".
void require_safe_origin(std::string_view origin);
// Throws bad_row when a value of the object on the tape has no place in a database.
void require_storable(const JsonTape& tape, std::uint32_t object);
// The elements of an array of strings on the tape; none for k_no_node.
[[nodiscard]] std::vector<std::string_view> strings_at(const JsonTape& tape, std::uint32_t array);

} // namespace menacedb
