#include "core/os/watcher.hpp"

#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

namespace menacedb {

namespace {

using SteadyClock = std::chrono::steady_clock;

// A wait is cut in slices of this length, to look at the stop flag of another thread and at the
// directory: one deleted while somebody has it open sends no event.
constexpr Duration k_slice = std::chrono::seconds(1);
constexpr Duration k_longest = std::chrono::hours(24 * 365); // keeps deadlines from overflowing
constexpr std::uint32_t k_events = IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE |
                                   IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR;
constexpr std::uint32_t k_loss = IN_MOVE_SELF | IN_DELETE_SELF | IN_IGNORED | IN_UNMOUNT;

std::optional<FileId> directory_id(const std::string& path) {
  struct ::stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return std::nullopt;
  }
  return FileId{.device = info.st_dev, .inode = info.st_ino};
}

// Keeps SIGINT and SIGTERM from arriving between the look at the stop flag and the wait, which
// takes `original` as its mask and so ends on them.
class BlockedSignals {
public:
  BlockedSignals() {
    sigset_t blocked;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGINT);
    ::sigaddset(&blocked, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &m_original);
  }
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &m_original, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

  [[nodiscard]] const sigset_t& original() const noexcept { return m_original; }

private:
  sigset_t m_original;
};

enum class Woken { by_event, by_time, by_signal };

Woken wait_for_input(int descriptor, Duration patience, const sigset_t& mask) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(patience);
  timespec timeout{};
  timeout.tv_sec = seconds.count();
  timeout.tv_nsec = std::chrono::nanoseconds(patience - seconds).count();
  pollfd input{.fd = descriptor, .events = POLLIN, .revents = 0}; // a negative one is passed over
  const int count = ::ppoll(&input, 1, &timeout, &mask);
  if (count < 0) {
    return Woken::by_signal;
  }
  return count > 0 ? Woken::by_event : Woken::by_time;
}

} // namespace

Watcher::Watcher(std::string directory, Filter counts)
    : m_directory(std::move(directory)), m_counts(std::move(counts)) {
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
    const Duration slice = std::clamp(left, Duration::zero(), k_slice);
    const int descriptor = is_polling() ? -1 : m_inotify.get();
    const Woken woken = wait_for_input(descriptor, slice, blocked.original());
    if (woken == Woken::by_signal) {
      return false;
    }
    const bool was_polling = is_polling();
    if (was_polling) {
      watch();
    }
    const Seen seen = drain_events();
    if (seen == Seen::loss || (woken == Woken::by_time && !is_polling() && has_moved())) {
      unwatch();
      watch();
      if (!is_polling()) {
        return true; // the new directory may hold files already
      }
    }
    if (seen == Seen::change || (was_polling && (slice == k_slice || !is_polling()))) {
      return true;
    }
    if (left <= Duration::zero()) {
      return false;
    }
  }
}

void Watcher::watch() {
  if (!m_inotify) {
    m_inotify = Fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  }
  if (!m_inotify) {
    return; // too many instances: poll, and try again at the next slice
  }
  // Replaced between these two calls, it does not match and is watched anew at the next slice.
  m_watched = directory_id(m_directory).value_or(FileId{});
  m_watch = ::inotify_add_watch(m_inotify.get(), m_directory.c_str(), k_events);
}

void Watcher::unwatch() {
  // A new instance: events of the lost directory cannot be taken for those of the next.
  m_inotify.close();
  m_watch = -1;
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
      if ((event.mask & k_loss) != 0) {
        seen = Seen::loss;
      } else if (seen == Seen::nothing && (*name == '\0' || !m_counts || m_counts(name))) {
        seen = Seen::change; // without a name: the kernel's queue overflowed
      }
    }
  }
}

bool Watcher::has_moved() const {
  return directory_id(m_directory) != m_watched;
}

} // namespace menacedb
