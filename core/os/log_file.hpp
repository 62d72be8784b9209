#pragma once

#include "core/base/units.hpp"
#include "core/os/clock.hpp"
#include "core/os/fs.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace menacedb {

// A log file in the old worker's form: "[2026-01-02 11:50:00] [info] text". Opened anew when
// somebody renamed or deleted it, rotated to `<path>.1` … `<path>.5` before it grows beyond `most`
// bytes (0: never). A line that cannot be written is dropped, since there is nobody left to tell.
// Thread-safe.
class LogFile {
public:
  static constexpr int k_generations = 5;

  // Throws when the file cannot be opened at first. `takes_stderr`: what anybody in the process
  // writes to the standard error goes into the file, too.
  LogFile(Fs& fs, Clock& clock, std::string path, Bytes most, bool takes_stderr);

  // A line of Log in the kv form, with its end.
  void write(std::string_view line);
  [[nodiscard]] const std::string& path() const noexcept { return m_path; }

private:
  void open();
  void keep_in_place(std::size_t coming);

  Fs& m_fs;
  Clock& m_clock;
  std::string m_path;
  Bytes m_most;
  bool m_takes_stderr;
  std::mutex m_mutex; // guards the file
  Fd m_file;
};

// Moves `<path>.4` to `<path>.5` and so on down to `path` itself, packed ones (`<path>.4.gz`) with
// them. Does nothing when there is no log, or another process is rotating or packing it.
void rotate_log(Fs& fs, const std::string& path);
// Calls `work` while nobody rotates the log, or answers false when somebody does; where there is no
// log, nobody can.
[[nodiscard]] bool without_rotation(Fs& fs, const std::string& path,
                                    const std::function<void()>& work);

} // namespace menacedb
