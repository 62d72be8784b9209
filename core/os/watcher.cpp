#include "core/os/watcher.hpp"

#include "core/os/blocked_signals.hpp"

#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <unistd.h>

namespace menacedb {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr Duration k_poll = std::chrono::seconds(1);
constexpr Duration k_longest = std::chrono::hours(24 * 365); // keeps deadlines from overflowing
constexpr int k_attempts = 3; // to watch directories that change while we look

constexpr std::uint32_t k_arrival = IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE;
constexpr std::uint32_t k_moved = IN_MOVE_SELF | IN_DELETE_SELF;
constexpr std::uint32_t k_loss = k_moved | IN_IGNORED | IN_UNMOUNT | IN_Q_OVERFLOW;
// Of the folder above. One that somebody has open tells of its own deletion only when that ends.
constexpr std::uint32_t k_deletion = IN_DELETE;
constexpr std::uint32_t k_replacement = IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE;

std::optional<FileId> directory_id(const std::string& path) {
  struct ::stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return std::nullopt;
  }
  return FileId{.device = info.st_dev, .inode = info.st_ino};
}

bool is_symlink(const std::string& path) {
  struct ::stat info {};
  return ::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode);
}

enum class Woken { by_event, by_time, by_signal };

Woken wait_for_input(int descriptor, Duration patience, const BlockedSignals& blocked) {
  pollfd input{.fd = descriptor, .events = POLLIN, .revents = 0}; // a negative one is passed over
  const int count = blocked.wait({&input, 1}, patience);
  if (count < 0) {
    return Woken::by_signal;
  }
  return count > 0 ? Woken::by_event : Woken::by_time;
}

} // namespace

Watcher::Watcher(std::string directory, Filter counts)
    : Watcher(std::vector<std::string>{std::move(directory)}, std::move(counts)) {}

Watcher::Watcher(std::vector<std::string> directories, Filter counts)
    : m_counts(std::move(counts)) {
  for (std::string& directory : directories) {
    m_targets.push_back({std::move(directory), std::nullopt});
  }
  watch();
}

bool Watcher::wait(Duration patience, const StopFlag& stop) {
  const BlockedSignals blocked;
  const auto deadline = SteadyClock::now() + std::min(patience, k_longest);
  for (;;) {
    const auto left = std::chrono::ceil<Duration>(deadline - SteadyClock::now());
    if (stop.is_requested()) {
      return false;
    }
    const Duration turn = std::max(is_polling() ? std::min(left, k_poll) : left, Duration::zero());
    const int descriptor = is_polling() ? -1 : m_inotify.get();
    const Woken woken = wait_for_input(descriptor, turn, blocked);
    if (woken == Woken::by_signal) {
      return false;
    }
    if (is_polling()) {
      watch();
      if (turn == k_poll || !is_polling()) {
        return true;
      }
    }
    const Seen seen = drain_events();
    if (seen == Seen::loss || (woken == Woken::by_time && !is_polling() && has_moved())) {
      watch();
      return true; // the new directory may hold files already
    }
    if (seen == Seen::change) {
      return true;
    }
    if (left <= Duration::zero()) {
      return false;
    }
  }
}

void Watcher::watch() {
  m_is_polling = !m_targets.empty(); // with none it is only a sleep, and needs no inotify
  for (int attempt = 0; m_is_polling && attempt < k_attempts; ++attempt) {
    m_watches.clear();
    // A new instance: events of a lost directory cannot be taken for those of the next.
    m_inotify = Fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!m_inotify || !watch_all()) {
      break; // too many of them, or no right: poll, and try again at the next turn
    }
    if (!has_moved()) {
      m_is_polling = false;
      return;
    }
  }
  m_watches.clear();
  m_inotify.close();
}

bool Watcher::watch_all() {
  return std::all_of(m_targets.begin(), m_targets.end(),
                     [this](Target& target) { return watch_chain(target); });
}

// The directory, and the folders above it as far as they can be replaced; when it is not there, the
// folder in which the next part of its path will appear. A path that is not absolute stays with our
// working directory, wherever that is moved.
bool Watcher::watch_chain(Target& target) {
  const std::string& path = target.path;
  std::string above = path.starts_with('/') ? "/" : ".";
  std::size_t begin = path.find_first_not_of('/');
  target.watched = directory_id(path);
  while (begin != std::string::npos) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view name(path.data() + begin, end - begin);
    const std::string below = join_path(above, name);
    begin = path.find_first_not_of('/', end);
    const bool is_missing = !directory_id(below);
    if (is_missing || is_symlink(below)) {
      if (!add(above, k_replacement, name)) {
        return false;
      }
    } else if (begin == std::string::npos) {
      (void)add(above, k_deletion, name); // best effort: a folder above may be closed to us
    } else {
      (void)add(below, k_moved, {});
    }
    if (is_missing) {
      return true;
    }
    above = below;
  }
  return add(path, k_arrival | k_moved, {});
}

bool Watcher::add(const std::string& path, std::uint32_t events, std::string_view name) {
  const int watch =
      ::inotify_add_watch(m_inotify.get(), path.c_str(), events | IN_ONLYDIR | IN_MASK_ADD);
  if (watch < 0) {
    return errno == ENOENT || errno == ENOTDIR; // gone since we looked: has_moved() will tell
  }
  Watched& watched = m_watches[watch];
  if (name.empty()) {
    watched.is_target |= (events & k_arrival) != 0;
  } else {
    watched.names.emplace_back(name);
  }
  return true;
}

Watcher::Seen Watcher::drain_events() {
  alignas(inotify_event) std::array<char, 8192> buffer{};
  Seen seen = Seen::nothing;
  for (;;) {
    const ssize_t size = m_inotify ? ::read(m_inotify.get(), buffer.data(), buffer.size()) : -1;
    if (size <= 0) {
      return seen;
    }
    const auto end = static_cast<std::size_t>(size);
    for (std::size_t at = 0; at < end;) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* const name = event.len > 0 ? buffer.data() + at + sizeof event : "";
      at += sizeof event + event.len;
      const Watched& watched = m_watches[event.wd];
      const bool is_structure =
          (event.mask & k_replacement) != 0 &&
          std::find(watched.names.begin(), watched.names.end(), name) != watched.names.end();
      if ((event.mask & k_loss) != 0 || is_structure) {
        seen = Seen::loss;
      } else if (seen == Seen::nothing && watched.is_target && (event.mask & k_arrival) != 0 &&
                 (*name == '\0' || !m_counts || m_counts(name))) {
        seen = Seen::change;
      }
    }
  }
}

bool Watcher::has_moved() const {
  return std::any_of(m_targets.begin(), m_targets.end(), [](const Target& target) {
    return directory_id(target.path) != target.watched;
  });
}

} // namespace menacedb
