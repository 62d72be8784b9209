#pragma once

#include "core/os/fs.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// Reads a file line by line. Memory is bounded by `most`: of a longer line only the beginning is
// given, but all of it is passed over.
class LineReader {
public:
  // Reads [begin, end) of the file; it may grow meanwhile.
  LineReader(Fs& fs, const Fd& file, Bytes begin, Bytes end, Bytes most);

  struct Line {
    std::string_view text; // without newline; valid until the next call
    Bytes offset = 0;
    Bytes length = 0; // bytes it takes in the file, newline included
    bool is_terminated = true;
    bool is_cut = false; // longer than `most`
  };
  [[nodiscard]] std::optional<Line> next();

private:
  [[nodiscard]] bool fill(); // false: nothing was added
  [[nodiscard]] Line take(std::size_t size, bool is_terminated);
  [[nodiscard]] Line skip_rest();

  Fs& m_fs;
  const Fd& m_file;
  Bytes m_offset; // of the first byte of the buffer's rest
  Bytes m_end;
  Bytes m_most;
  std::string m_buffer;
  std::size_t m_used = 0;   // bytes of the buffer given out
  std::size_t m_filled = 0; // bytes of the buffer read
};

} // namespace menacedb
