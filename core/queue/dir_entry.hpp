#pragma once

#include "core/model/batch.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// What `enqueue` writes into a directory queue for SQL: the old shell library's fields in their
// order, then ours. Texts are UTF-8; JSON parts are checked by the caller.
struct NewDirEntry {
  std::string_view sequence;
  int priority = 5;
  std::string_view operation;
  std::string_view sql;
  std::string_view params;   // a JSON array; empty: none
  std::string_view metadata; // a JSON object; empty: {}
  std::string_view id;
  std::string_view key;    // empty: none
  std::string_view db;     // empty: none
  std::string_view origin; // empty: none
  Instant created_at;
  std::optional<Instant> not_before;
};
// One line with its newline.
[[nodiscard]] std::string encode_dir_entry(const NewDirEntry& entry);
// The same as a line of a row queue: without what says its place.
[[nodiscard]] std::string encode_sql_line(const NewDirEntry& entry);
// The same for a line of the jsonl form (codec.hpp): the shell library's fields go in front.
[[nodiscard]] std::string encode_dir_row(std::string_view sequence, int priority,
                                         std::string_view line);

// The members of a line that is an entry, without what says its place in a directory queue: for
// encode_dir_row(), behind a member and a comma. Ends with the closing brace.
[[nodiscard]] std::string without_marks(std::string_view line);

// Reads the text of an entry's file, in all spellings: on one line or several, with or without a
// newline at the end, with one closing brace too many. Always appends an entry, perhaps with a
// fault. `text` must outlive the batch.
void decode_dir_entry(Batch& batch, std::string_view text, EntryFile file);

// Why an entry is in failed/.
struct DirFailure {
  std::string_view name; // of its file
  std::string_view text; // of its file, perhaps a prefix
  const Fault& fault;
  Instant failed_at;
  std::optional<Bytes> full_size; // the text is a prefix of a file of this size
};
// The file's text with `error` and `failed_at` added: valid JSON, whatever the text was.
[[nodiscard]] std::string encode_dir_failure(const DirFailure& failure);

// The text with another count of retries, and without what a failure added; none when it is not an
// entry's.
[[nodiscard]] std::optional<std::string> with_retries(std::string_view text, std::uint32_t retries,
                                                      std::optional<Instant> not_before = {});
// The same for an entry that gets another chance: no retries, and when that was.
[[nodiscard]] std::optional<std::string> as_replayed(std::string_view text, Instant now);

} // namespace menacedb
