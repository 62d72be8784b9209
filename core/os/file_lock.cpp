#include "core/os/file_lock.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/kept_lock.hpp"
#include "core/os/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace menacedb {

namespace {

constexpr Duration k_first_wait = std::chrono::milliseconds(1);
constexpr Duration k_longest_wait = std::chrono::milliseconds(25);
constexpr std::size_t k_description_limit = 512;
constexpr Duration k_look_each = std::chrono::milliseconds(10); // at the name of a kept lock file
// Who gets a lock pays for what the one before did to the caches: for less than that it is not
// asked for any sooner.
constexpr Duration k_long_turn = std::chrono::microseconds(200);
constexpr Duration k_shortest_wait = std::chrono::microseconds(100);

// A lock file that another user created may be readable only, which is enough for flock.
Fd open_lock_file(Fs& fs, const std::string& path) {
  try {
    return fs.open(path, {.mode = OpenMode::read_write, .create = true});
  } catch (const Error& error) {
    if (error.code() != "permission") {
      throw;
    }
    if (auto file = fs.open_if_exists(path, {.mode = OpenMode::read})) {
      return std::move(*file);
    }
    throw;
  }
}

std::string write_description(Fs& fs, const Fd& file, Instant now, Bytes old_size) {
  std::string line = fmt::format("{} {} {}\n", process_id(), format_instant(now), own_command());
  try {
    fs.write_at(file, line, 0);
    if (old_size > line.size()) {
      fs.truncate(file, line.size());
    }
  } catch (const Error&) {
    // A full disk or a file we may only read costs others our name, not us the lock.
  }
  return line;
}

bool begins_with(Fs& fs, const Fd& file, std::string_view line) {
  std::array<char, k_description_limit> buffer; // NOLINT: filled as far as it is read
  const std::size_t size = std::min(line.size(), buffer.size());
  return line == std::string_view(buffer.data(), fs.read_at(file, buffer.data(), size, 0));
}

// None: the lock is held, or was taken on a file that no longer has this name.
enum class Attempt { taken, held, replaced };

Attempt try_file(Fs& fs, Clock& clock, const Fd& file, const std::string& path,
                 std::string& words) {
  if (!fs.try_lock(file, LockMode::exclusive)) {
    return Attempt::held;
  }
  const FileStat ours = fs.stat(file);
  const auto named = fs.stat(path);
  if (!named || named->id != ours.id) {
    return Attempt::replaced;
  }
  words = write_description(fs, file, clock.now(), ours.size);
  return Attempt::taken;
}

std::string seconds_text(Duration duration) {
  return fmt::format("{:.1f} s", std::chrono::duration<double>(duration).count());
}

std::string age_text(Clock& clock, const LockHolder& holder) {
  return seconds_text(std::max(clock.now() - holder.since, Duration::zero()));
}

std::string wait_reason(Fs& fs, Clock& clock, const std::string& path) {
  const auto holder = find_holder(fs, path);
  if (!holder || holder->pid == 0) {
    return "another process holds it";
  }
  return fmt::format("pid {}, '{}', holds it for {}", holder->pid, holder->command,
                     age_text(clock, *holder));
}

// "4711 2026-01-02T03:04:05Z menacedb worker"
std::optional<LockHolder> parse_description(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  const std::size_t first = line.find(' ');
  const std::size_t second = line.find(' ', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) {
    return std::nullopt;
  }
  LockHolder holder;
  const auto [end, fault] = std::from_chars(line.data(), line.data() + first, holder.pid);
  const auto since = parse_instant(line.substr(first + 1, second - first - 1));
  if (fault != std::errc() || end != line.data() + first || holder.pid <= 0 || !since) {
    return std::nullopt;
  }
  holder.since = *since;
  holder.command = elide(printable(line.substr(second + 1)), 80);
  return holder;
}

std::optional<LockHolder> read_description(Fs& fs, const Fd& file) {
  std::array<char, k_description_limit> buffer{};
  const std::size_t size = fs.read_at(file, buffer.data(), buffer.size(), 0);
  return parse_description({buffer.data(), size});
}

struct LockWish {
  const std::string& path;
  Duration patience;
  const StopFlag& stop;
  Duration first_wait = k_first_wait;
};

// Opens the file unless it is open already. `words` becomes what stands in it.
void lock_file(Fs& fs, Clock& clock, const LockWish& wish, Fd& file, std::string& words) {
  const std::string& path = wish.path;
  const Duration begin = clock.monotonic();
  if (!file) {
    file = open_lock_file(fs, path);
  }
  for (;;) {
    const Attempt attempt = try_file(fs, clock, file, path, words);
    if (attempt == Attempt::taken) {
      return;
    }
    if (attempt == Attempt::replaced) {
      file = open_lock_file(fs, path);
    }
    const Duration waited = clock.monotonic() - begin;
    if (wish.stop.is_requested()) {
      throw Error(
          ErrorKind::busy, "interrupted",
          fmt::format("cannot lock '{}': interrupted (waited {})", path, seconds_text(waited)));
    }
    if (attempt == Attempt::held && waited >= wish.patience) {
      throw Error(ErrorKind::busy, "lock-timeout",
                  fmt::format("cannot lock '{}': {} (waited {})", path,
                              wait_reason(fs, clock, path), seconds_text(waited)));
    }
    if (attempt == Attempt::held) {
      // In proportion to the wait so far: to double it would leave the lock free for as long again.
      const Duration wait = std::clamp(waited / 8, wish.first_wait, k_longest_wait);
      clock.sleep(std::min(wait, wish.patience - waited));
    }
  }
}

} // namespace

FileLock FileLock::acquire(Fs& fs, Clock& clock, const std::string& path, Duration patience,
                           const StopFlag& stop) {
  Fd file;
  std::string words;
  lock_file(fs, clock, {path, patience, stop}, file, words);
  return FileLock(std::move(file));
}

void KeptLock::acquire(Fs& fs, Clock& clock, Duration patience, const StopFlag& stop) {
  try {
    if (!take_again(fs, clock)) {
      const Duration wait = m_turn < k_long_turn
                                ? k_first_wait
                                : std::clamp(m_turn / 4, k_shortest_wait, k_first_wait);
      lock_file(fs, clock, {m_path, patience, stop, wait}, m_file, m_words);
      m_taken_at = m_checked_at = clock.monotonic();
    }
  } catch (const Error&) {
    m_file = Fd(); // it may be locked
    throw;
  }
}

// By the file that was found to have its name a moment ago.
bool KeptLock::take_again(Fs& fs, Clock& clock) {
  const Duration now = clock.monotonic();
  if (!m_file || now - m_checked_at >= k_look_each || !fs.try_lock(m_file, LockMode::exclusive)) {
    return false;
  }
  m_taken_at = now;
  if (!begins_with(fs, m_file, m_words)) { // another had it meanwhile
    m_words = write_description(fs, m_file, clock.now(), fs.stat(m_file).size);
  }
  return true;
}

void KeptLock::release(Fs& fs, Clock& clock) noexcept {
  m_turn = clock.monotonic() - m_taken_at;
  try {
    fs.unlock(m_file);
  } catch (const Error&) {
    m_file = Fd(); // closing it gives the lock back, too
  }
}

std::optional<FileLock> FileLock::try_acquire(Fs& fs, Clock& clock, const std::string& path) {
  for (;;) {
    Fd file = open_lock_file(fs, path);
    std::string words;
    switch (try_file(fs, clock, file, path, words)) {
    case Attempt::taken:
      return FileLock(std::move(file));
    case Attempt::held:
      return std::nullopt;
    case Attempt::replaced:
      break; // somebody deletes lock files: take the new one
    }
  }
}

std::optional<LockHolder> find_holder(Fs& fs, const std::string& path) {
  const auto file = fs.open_if_exists(path, {.mode = OpenMode::read});
  if (!file || fs.try_lock(*file, LockMode::shared)) { // closing the file gives the lock back
    return std::nullopt;
  }
  const auto holder = read_description(fs, *file);
  if (!holder || !process_is_alive(holder->pid)) {
    return LockHolder{};
  }
  return holder;
}

std::optional<LockHolder> recorded_holder(Fs& fs, const std::string& path) {
  const auto file = fs.open_if_exists(path, {.mode = OpenMode::read});
  return file ? read_description(fs, *file) : std::nullopt;
}

std::optional<std::string> describe_holder(Fs& fs, Clock& clock, const std::string& path) {
  const auto holder = find_holder(fs, path);
  if (!holder) {
    return std::nullopt;
  }
  if (holder->pid == 0) {
    return "a process that is not named";
  }
  return fmt::format("pid {}, '{}', for {}", holder->pid, holder->command,
                     age_text(clock, *holder));
}

} // namespace menacedb
