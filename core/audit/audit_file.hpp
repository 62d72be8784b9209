#pragma once

#include "core/os/clock.hpp"
#include "core/os/fs.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// The file that bears the log's name, open for appending. A shared lock is held on it for as long
// as it is open, so that nobody deletes a generation that somebody may still write to. Not
// thread-safe.
class AuditFile {
public:
  AuditFile(Fs& fs, Clock& clock, std::string path);

  // Opens and locks the file that has the name now; creates it and its folder. Only a regular file
  // will do; a FIFO does not block and a symlink is not followed. Waits for a foreign exclusive
  // lock no longer than `patience` (Error busy, "lock-timeout").
  void open(Duration patience);
  void close() { m_file.close(); }
  [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(m_file); }
  // Whether the name still means this file: rotations rename it. Asked of the kernel.
  [[nodiscard]] bool is_current();

  // One write of whole lines. When they turn out to stand behind the torn line of a writer that
  // died, they are written again, since no reader would find them there. Throws "disk-full" when
  // only a part found room.
  void append(std::string_view lines);

  // As open() found it or append() left it; others may have added to it.
  [[nodiscard]] Bytes end() const noexcept { return m_end; }
  // For a caller that excludes all other writers: the file is `size` bytes long, of which only the
  // first `whole` are wanted.
  void cut(Bytes size, Bytes whole);
  [[nodiscard]] const Fd& descriptor() const noexcept { return m_file; }
  [[nodiscard]] const std::string& path() const noexcept { return m_path; }
  // When its first line was written; none for an empty file, or when it does not say.
  [[nodiscard]] std::optional<Instant> began_at();

private:
  [[nodiscard]] bool lock_named(Duration patience);
  [[nodiscard]] bool follows_newline(Bytes offset);
  [[nodiscard]] Bytes write(std::string_view lines);

  Fs& m_fs;
  Clock& m_clock;
  std::string m_path;
  Fd m_file;
  FileId m_id;
  Bytes m_end = 0;        // the beginning, or a place behind a newline …
  bool m_is_torn = false; // … unless a torn line was found there
};

// Waits for a lock for as long as `patience`, by trying again; false when that was in vain. Not by
// blocking, because the holder may have been stopped.
[[nodiscard]] bool wait_for_lock(Fs& fs, Clock& clock, const Fd& file, LockMode mode,
                                 Duration patience);

} // namespace menacedb
