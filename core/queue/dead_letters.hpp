#pragma once

#include "core/base/time.hpp"
#include "core/base/units.hpp"
#include "core/model/segment_id.hpp"
#include "core/os/fs.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace menacedb {

// A line of queue.failed.jsonl: the two old fields `record` and `error`, plus ours.
struct DeadLetter {
  std::int64_t row = 0; // of menacedb_dead; 0: only in the file (an old worker wrote it)
  std::string line;     // the entry's text verbatim (of an oversized one a prefix)
  std::string error;
  std::string code;
  std::string table;
  std::string origin;
  std::string queue; // the lane's file name
  std::optional<SegmentId> segment;
  Bytes offset = 0;
  std::uint64_t attempts = 0;
  std::optional<Instant> failed_at;
  bool is_truncated = false; // line is a prefix: cannot be replayed
};

// One line, with its newline. `record` is the entry's JSON when it parses as an object the old
// reader can use, else the raw text as a string; `record_base64` when it is not UTF-8.
[[nodiscard]] std::string encode_dead_letter(const DeadLetter& letter);
// Old and new spellings; none when the line is not a dead letter.
[[nodiscard]] std::optional<DeadLetter> decode_dead_letter(std::string_view line);

// The exported view. All calls take an exclusive flock on the file.
class DeadLetterFile {
public:
  DeadLetterFile(Fs& fs, std::string path);

  // Appends the letters that the bytes from `known_size` on do not hold already (by segment and
  // offset), syncs, and returns the new size. A torn tail gets its newline first.
  [[nodiscard]] Bytes append(std::span<const DeadLetter> letters, Bytes known_size);

private:
  Fs& m_fs;
  std::string m_path;
};

} // namespace menacedb
