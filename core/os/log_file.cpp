#include "core/os/log_file.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <unistd.h>

namespace menacedb {
namespace {

constexpr std::string_view k_level_key = "level=";

// "2026-01-02 11:50:00": to the second, without the zone.
std::string old_time(Instant now) {
  std::string text = format_instant(std::chrono::floor<std::chrono::seconds>(now));
  text.resize(text.size() - 1);
  text[text.find('T')] = ' ';
  return text;
}

std::string old_form(std::string_view line, Instant now) {
  std::string_view level = "info";
  if (line.starts_with(k_level_key)) {
    const std::size_t end = std::min(line.find(' '), line.size());
    level = line.substr(k_level_key.size(), end - k_level_key.size());
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return fmt::format("[{}] [{}] {}", old_time(now), level, line);
}

// A generation is plain or packed, or both for a moment.
void move_generation(Fs& fs, const std::string& from, const std::string& to) {
  for (const char* const packed : {"", ".gz"}) {
    if (fs.stat(from + packed)) {
      fs.rename(from + packed, to + packed);
    } else {
      (void)fs.unlink(to + packed); // or it would be taken for the one that comes
    }
  }
}

void shift_generations(Fs& fs, const std::string& path) {
  for (int generation = LogFile::k_generations; generation > 1; --generation) {
    move_generation(fs, fmt::format("{}.{}", path, generation - 1),
                    fmt::format("{}.{}", path, generation));
  }
  fs.rename(path, fmt::format("{}.1", path));
}

} // namespace

bool without_rotation(Fs& fs, const std::string& path, const std::function<void()>& work) {
  const auto log = fs.open_if_exists(path, {});
  if (log) {
    if (!fs.try_lock(*log, LockMode::exclusive)) {
      return false;
    }
    const auto named = fs.stat(path);
    if (!named || named->id != fs.stat(*log).id) {
      return false; // rotated just now
    }
  }
  work();
  return true;
}

void rotate_log(Fs& fs, const std::string& path) {
  if (fs.stat(path)) {
    (void)without_rotation(fs, path, [&] {
      if (fs.stat(path)) {
        shift_generations(fs, path);
      }
    });
  }
}

LogFile::LogFile(Fs& fs, Clock& clock, std::string path, Bytes most, bool takes_stderr)
    : m_fs(fs),
      m_clock(clock),
      m_path(std::move(path)),
      m_most(most),
      m_takes_stderr(takes_stderr) {
  open();
}

void LogFile::open() {
  m_fs.make_directories(parent_directory(m_path));
  m_file = m_fs.open(m_path, {.mode = OpenMode::append, .create = true});
  if (m_takes_stderr) {
    ::dup2(m_file.get(), STDERR_FILENO);
  }
}

void LogFile::keep_in_place(std::size_t coming) {
  const auto named = m_fs.stat(m_path);
  const FileStat ours = m_fs.stat(m_file);
  if (!named || named->id != ours.id) {
    open();
  } else if (m_most > 0 && ours.size > 0 && ours.size + coming > m_most) {
    rotate_log(m_fs, m_path);
    open();
  }
}

void LogFile::write(std::string_view line) {
  const std::string text = old_form(line, m_clock.now());
  const std::lock_guard guard(m_mutex);
  try {
    keep_in_place(text.size());
    m_fs.write_all(m_file, text);
  } catch (const Error&) {
    return;
  }
}

} // namespace menacedb
