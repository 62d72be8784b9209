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
#include <utility>

namespace menacedb {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr Duration k_poll = std::chrono::seconds(1);
constexpr Duration k_longest = std::chrono::hours(24 * 365); // keeps deadlines from overflowing
constexpr int k_most_reads = 64;
constexpr int k_attempts = 3; // to watch directories that change while we look

constexpr std::uint32_t k_arrival = IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE;
constexpr std::uint32_t k_finished =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB;
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

// A file that was just created is not written yet, unless it came into being with its content: as
// a link.
bool is_complete(const std::string& path) {
  struct ::stat info {};
  return ::lstat(path.c_str(), &info) == 0 && (!S_ISREG(info.st_mode) || info.st_nlink > 1);
}

bool is_symlink(const std::string& path) {
  struct ::stat info {};
  return ::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode);
}

enum class Woken { by_event, by_time, by_signal };

Woken wait_for_input(std::span<pollfd> inputs, Duration patience, const BlockedSignals& blocked) {
  const int count = blocked.wait(inputs, patience);
  if (count < 0) {
    return Woken::by_signal;
  }
  return count > 0 ? Woken::by_event : Woken::by_time;
}

} // namespace

Watcher::Watcher(std::string directory, Filter counts)
    : Watcher(std::vector<std::string>{std::move(directory)}, std::move(counts)) {}

Watcher::Watcher(std::vector<std::string> directories, Filter counts, Events events)
    : m_counts(std::move(counts)), m_events(events), m_polled_at(SteadyClock::now()) {
  for (std::string& directory : directories) {
    m_targets.push_back({std::move(directory), std::nullopt});
  }
  watch();
}

bool Watcher::wait(Duration patience, const StopFlag& stop) {
  Watcher* const self = this;
  return wait_any({&self, 1}, patience, stop) && std::exchange(m_has_news, false);
}

bool Watcher::wait_any(std::span<Watcher* const> watchers, Duration patience,
                       const StopFlag& stop) {
  const BlockedSignals blocked;
  const auto deadline = SteadyClock::now() + std::min(patience, k_longest);
  for (;;) {
    const auto left = std::chrono::ceil<Duration>(deadline - SteadyClock::now());
    if (stop.is_requested()) {
      return false;
    }
    Duration turn = std::max(left, Duration::zero());
    std::vector<pollfd> inputs;
    for (const Watcher* watcher : watchers) {
      turn = watcher->m_has_news ? Duration::zero() : turn;
      if (watcher->is_polling()) {
        const auto rest = watcher->m_polled_at + k_poll - SteadyClock::now();
        turn = std::clamp(std::chrono::ceil<Duration>(rest), Duration::zero(), turn);
      } else { // a negative descriptor is passed over
        inputs.push_back({.fd = watcher->m_inotify.get(), .events = POLLIN, .revents = 0});
      }
    }
    const Woken woken = wait_for_input(inputs, turn, blocked);
    if (woken == Woken::by_signal) {
      return false;
    }
    bool has_news = false;
    for (Watcher* watcher : watchers) {
      watcher->look(woken == Woken::by_time);
      has_news |= watcher->m_has_news;
    }
    if (has_news) {
      return true;
    }
    if (SteadyClock::now() >= deadline) {
      return false;
    }
  }
}

bool Watcher::take() {
  look(false);
  return std::exchange(m_has_news, false);
}

// `is_over`: a wait has passed without an event.
void Watcher::look(bool is_over) {
  if (is_polling()) {
    const auto now = SteadyClock::now();
    if (now - m_polled_at >= k_poll) {
      m_polled_at = now;
      watch();
      m_has_news = true;
    }
    return;
  }
  const Seen seen = drain_events();
  if (seen == Seen::loss || (is_over && has_moved())) {
    watch();
    m_has_news = true; // the new directory may hold files already
  }
  m_has_news |= seen == Seen::change;
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
  return add(path, (m_events == Events::arrivals ? k_arrival : k_finished) | k_moved, {});
}

bool Watcher::add(const std::string& path, std::uint32_t events, std::string_view name) {
  const int watch =
      ::inotify_add_watch(m_inotify.get(), path.c_str(), events | IN_ONLYDIR | IN_MASK_ADD);
  if (watch < 0) {
    return errno == ENOENT || errno == ENOTDIR; // gone since we looked: has_moved() will tell
  }
  Watched& watched = m_watches[watch];
  if (name.empty()) {
    watched.is_target |= (events & IN_CLOSE_WRITE) != 0;
    watched.path = path;
  } else {
    watched.names.emplace_back(name);
  }
  return true;
}

// What is left of many makes the descriptor readable once more: whoever writes to the directory for
// each of our reads, as a trace of our calls does, may not keep us here.
Watcher::Seen Watcher::drain_events() {
  alignas(inotify_event) std::array<char, 8192> buffer{};
  Seen seen = Seen::nothing;
  for (int reads = 0; reads < k_most_reads; ++reads) {
    const ssize_t size = m_inotify ? ::read(m_inotify.get(), buffer.data(), buffer.size()) : -1;
    if (size <= 0) {
      break;
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
      } else if (seen == Seen::nothing && is_counted(watched, event.mask, name)) {
        seen = Seen::change;
      }
    }
  }
  return seen;
}

bool Watcher::is_counted(const Watched& watched, std::uint32_t mask, const char* name) const {
  const std::uint32_t wanted = m_events == Events::arrivals ? k_arrival : k_finished;
  if (!watched.is_target || (mask & wanted) == 0) {
    return false; // of a folder above, or one that is watched for its names, too
  }
  if (*name != '\0' && m_counts && !m_counts(name)) {
    return false;
  }
  return m_events == Events::arrivals || (mask & IN_CREATE) == 0 ||
         is_complete(join_path(watched.path, name));
}

bool Watcher::has_moved() const {
  return std::any_of(m_targets.begin(), m_targets.end(), [](const Target& target) {
    return directory_id(target.path) != target.watched;
  });
}

} // namespace menacedb
