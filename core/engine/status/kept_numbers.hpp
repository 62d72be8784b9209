#pragma once

#include "core/engine/status/status_numbers.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// Numbers of `status` as a file holds them, with the mark of the database that they were read from.
// A file that is torn, of another version or no such file at all is none.
struct KeptNumbers {
  std::string mark;
  Instant read_at;
  StatusNumbers numbers;
};
[[nodiscard]] std::string to_text(const KeptNumbers& kept);
[[nodiscard]] std::optional<KeptNumbers> parse_kept_numbers(std::string_view text);

} // namespace menacedb
