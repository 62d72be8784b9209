#pragma once

#include "core/base/compression.hpp"
#include "core/os/named_file.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>

namespace menacedb {

// The bytes of a log that a person named: a file (also behind a link), a pipe, or standard input as
// "-"; unpacked when it is gzip or zstd, whatever it is called. Throws Error io, denied or, for
// damaged or cut off compressed data, bad_input. Not thread-safe.
class LogInput {
public:
  explicit LogInput(const std::string& path);

  // Waits for at least a byte; 0 at the end. At the end of a plain file it may be asked again after
  // the file has grown.
  [[nodiscard]] std::size_t read(std::span<char> out);

  [[nodiscard]] bool is_compressed() const noexcept { return m_decompressor.has_value(); }
  [[nodiscard]] const NamedFile& file() const noexcept { return m_file; }
  [[nodiscard]] Bytes bytes_read() const noexcept { return m_bytes_read; } // of the file itself

private:
  void look_at_first_bytes();
  [[nodiscard]] std::size_t read_raw(std::span<char> out);
  [[nodiscard]] std::size_t unpack_rest(std::span<char> out);
  [[nodiscard]] std::size_t unpack(std::span<char> out);

  NamedFile m_file;
  bool m_is_at_start = true;
  Bytes m_bytes_read = 0;
  std::string m_packed;    // read, not yet handed out or unpacked
  std::string_view m_rest; // of it
  std::optional<Decompressor> m_decompressor;
};

} // namespace menacedb
