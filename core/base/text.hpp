#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;
// ASCII only, as SQLite folds identifiers.
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;
[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;
// Parts are trimmed, blank ones dropped.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text, char separator = ',');

// Text fit for a terminal: control characters (C0, DEL, C1) and bad UTF-8 become \xNN escapes;
// nothing from a queue reaches a terminal otherwise (invariant 8). Newlines are escaped too.
[[nodiscard]] std::string printable(std::string_view text);
// Columns the text takes on a terminal (wide East Asian characters 2, combining marks 0).
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;
// At most `columns` columns; what is cut shows as "…".
[[nodiscard]] std::string elide(std::string_view text, std::size_t columns);

// The candidate nearest to `name` by edit distance, when near enough to suggest (did you mean).
[[nodiscard]] std::optional<std::string> nearest(std::string_view name,
                                                 std::span<const std::string_view> candidates);

// Ids that may become part of a path: [A-Za-z0-9_-][A-Za-z0-9._-]{0,127}, and not reserved
// (`queue.failed`, `queue.log`, `replay`, `*_queue`); see invariant 8.
[[nodiscard]] bool is_safe_id(std::string_view id) noexcept;

// Strict RFC 4648 with padding; none when malformed.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);
[[nodiscard]] std::string encode_base64(std::string_view bytes);

} // namespace menacedb
