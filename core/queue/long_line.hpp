#pragma once

#include "core/base/hash.hpp"
#include "core/model/segment_id.hpp"
#include "core/os/fs.hpp"

#include <map>
#include <string>

namespace menacedb {

inline constexpr Bytes k_long_line_prefix = 4096;

// What is known of a line that is longer than a batch's text. It is read through a small buffer,
// once: a later claim goes on where this one stopped, also when the line's end is still to come.
struct LongLine {
  Bytes begin = 0;
  Bytes scanned_to = 0; // the end of the file, or the line's newline
  bool is_terminated = false;
  std::string prefix;
  Sha256 hash;

  [[nodiscard]] Bytes length() const noexcept { return scanned_to - begin; } // without newline
};

class LongLines {
public:
  explicit LongLines(Fs& fs) : m_fs(fs) {}

  // The line that begins there, as far as the file goes by now.
  [[nodiscard]] const LongLine& scan(const SegmentId& segment, const Fd& file, Bytes begin);

private:
  Fs& m_fs;
  std::map<SegmentId, LongLine> m_lines;
  std::string m_buffer;
};

} // namespace menacedb
