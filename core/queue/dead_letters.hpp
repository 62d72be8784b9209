#pragma once

#include "core/base/time.hpp"
#include "core/base/units.hpp"
#include "core/model/segment_id.hpp"
#include "core/os/fs.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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

// The exported view. Calls that write take an exclusive flock on the file, reading a shared one;
// memory does not grow with the file.
class DeadLetterFile {
public:
  DeadLetterFile(Fs& fs, std::string path);

  // Appends the letters that the bytes from `known_size` on do not hold already (by segment and
  // offset), syncs, and returns the new size. What a power cut or a crash left of an earlier
  // attempt is made blank; any other torn tail gets its newline first.
  [[nodiscard]] Bytes append(std::span<const DeadLetter> letters, Bytes known_size);

  struct Line {
    std::string_view text; // without newline; of a very long one the beginning
    Bytes offset = 0;
    bool is_cut = false;
    std::optional<DeadLetter> letter; // none: not a dead letter
  };
  // Every line that is not blank, in order, until `visit` answers false.
  void read(const std::function<bool(const Line&)>& visit);
  // Replaces the file by one without the lines for which `keeps` answers false; mode and owner
  // stay. Lines appended meanwhile are kept. Returns how many were left out. Nothing happens when
  // all are kept.
  std::uint64_t rewrite(const std::function<bool(const Line&)>& keeps);
  // Copies the file to `<path>.bak`, or the first of `.bak.1`, `.bak.2`, … that is not there yet;
  // synced. Returns the path, empty when there is no file.
  [[nodiscard]] std::string back_up();

private:
  struct Locked {
    Fd file;
    Bytes size = 0;
  };
  [[nodiscard]] std::optional<Locked> lock(LockMode mode, bool creates);
  [[nodiscard]] std::string select_new(std::span<const DeadLetter> letters, const Locked& locked,
                                       Bytes known_size);
  void make_blank(const Locked& locked, Bytes offset, std::size_t size);
  void copy(const Fd& from, Bytes begin, Bytes end, const Fd& to);
  [[nodiscard]] Fd create_copy(const std::string& path, const Fd& like);

  Fs& m_fs;
  std::string m_path;
};

} // namespace menacedb
