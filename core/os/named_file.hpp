#pragma once

#include "core/os/fd.hpp"
#include "core/os/fs.hpp"

#include <cstddef>
#include <string>

namespace menacedb {

// A file, pipe or standard input ("-") that a person named to be read once, from its beginning to
// its end. Other than Fs, which is for files that are ours, it follows links and waits for pipes;
// nothing here writes. All failures throw Error (system_error), a directory one with the code
// "not-a-file". Move-only, not thread-safe.
class NamedFile {
public:
  explicit NamedFile(const std::string& path);

  // Waits for at least a byte; 0 at the end. A file that has grown since may be asked again.
  [[nodiscard]] std::size_t read(char* buffer, std::size_t size);

  [[nodiscard]] FileId id() const noexcept { return m_id; }
  [[nodiscard]] Bytes size() const;                                         // now
  [[nodiscard]] const std::string& name() const noexcept { return m_name; } // for people

private:
  std::string m_name;
  Fd m_file;
  FileId m_id;
};

} // namespace menacedb
