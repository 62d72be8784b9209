#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// What a replay needs to know of an entry's text.
struct ReplayLine {
  std::string id;
  std::string table;
  std::string origin;
};

// None when the text cannot be read as an entry: queued again it would only fail again.
[[nodiscard]] std::optional<ReplayLine> read_replay_line(std::string_view line);

// The entry with `key` as its key, so that it is applied once however often it is queued; a key of
// its own is kept, since it does the same. `line` must be readable.
[[nodiscard]] std::string with_replay_key(std::string_view line, std::string_view key);
// The entry without any key: applied again whatever was applied before.
[[nodiscard]] std::string without_key(std::string_view line);

} // namespace menacedb
