#include "core/os/file_use.hpp"

#include "core/os/fd.hpp"
#include "core/os/proc_file.hpp"
#include "core/os/process.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <unistd.h>

namespace menacedb {
namespace {

struct DirectoryClose {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, DirectoryClose>;

// What is known of one of the files asked about.
struct Wanted {
  std::string name; // last component: descriptors with another one are not looked at closer
  dev_t device = 0;
  ino_t inode = 0;
  bool exists = false;
  std::vector<KernelLock> keys; // the device and inode by which the kernel knows it
};

Wanted look_at(const std::string& path) {
  Wanted wanted;
  wanted.name = path.substr(path.rfind('/') + 1);
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) {
    wanted.exists = true;
    wanted.device = status.st_dev;
    wanted.inode = status.st_ino;
    KernelLock key;
    key.device_major = major(status.st_dev);
    key.device_minor = minor(status.st_dev);
    key.inode = status.st_ino;
    wanted.keys.push_back(key);
  }
  return wanted;
}

class Search {
public:
  explicit Search(std::span<const std::string> paths) {
    std::transform(paths.begin(), paths.end(), std::back_inserter(m_wanted), look_at);
  }

  FileUse run(bool needs_table) {
    look_at_processes();
    if (needs_table || m_use.unseen_processes > 0) {
      for (const KernelLock& lock : parse_lock_table(read_proc_file("/proc/locks"))) {
        add_from_table(lock);
      }
    }
    return std::move(m_use);
  }

private:
  void look_at_processes();
  void look_at_process(int pid);
  [[nodiscard]] std::optional<std::size_t> file_of(int descriptors, const char* name) const;
  void look_at_descriptor(int pid, const char* name, std::size_t file);
  void add_opener(int pid, std::size_t file);
  void add_from_table(const KernelLock& lock);
  void add(std::size_t file, const KernelLock& lock);

  std::vector<Wanted> m_wanted;
  FileUse m_use;
};

void Search::look_at_processes() {
  const Directory processes(::opendir("/proc"));
  const int own = process_id();
  while (const dirent* entry = processes ? ::readdir(processes.get()) : nullptr) {
    const std::string_view name(entry->d_name);
    int pid = 0;
    const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (fault == std::errc() && end == name.data() + name.size() && pid != own) {
      look_at_process(pid);
    }
  }
}

void Search::look_at_process(int pid) {
  const Directory descriptors(::opendir(fmt::format("/proc/{}/fd", pid).c_str()));
  if (!descriptors) {
    m_use.unseen_processes += errno == EACCES ? 1 : 0; // else it is gone
    return;
  }
  while (const dirent* entry = ::readdir(descriptors.get())) {
    if (const auto file = file_of(::dirfd(descriptors.get()), entry->d_name)) {
      look_at_descriptor(pid, entry->d_name, *file);
    }
  }
}

// By name first: to stat every descriptor could hang on a dead network file system.
std::optional<std::size_t> Search::file_of(int descriptors, const char* name) const {
  std::array<char, 4096> target{};
  const ssize_t size = ::readlinkat(descriptors, name, target.data(), target.size());
  if (size <= 0 || target[0] != '/') {
    return std::nullopt;
  }
  const std::string_view path(target.data(), static_cast<std::size_t>(size));
  const std::string_view last = path.substr(path.rfind('/') + 1);
  for (std::size_t i = 0; i < m_wanted.size(); ++i) {
    struct stat status {};
    if (m_wanted[i].exists && m_wanted[i].name == last &&
        ::fstatat(descriptors, name, &status, 0) == 0 && status.st_dev == m_wanted[i].device &&
        status.st_ino == m_wanted[i].inode) {
      return i;
    }
  }
  return std::nullopt;
}

void Search::look_at_descriptor(int pid, const char* name, std::size_t file) {
  add_opener(pid, file);
  constexpr std::string_view k_mark = "lock:";
  const std::string text = read_proc_file(fmt::format("/proc/{}/fdinfo/{}", pid, name));
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!line.starts_with(k_mark)) {
      continue;
    }
    if (auto lock = parse_lock_line(line.substr(k_mark.size()))) {
      m_wanted[file].keys.push_back(*lock);
      lock->pid = lock->pid == 0 ? pid : lock->pid;
      add(file, *lock);
    }
  }
}

void Search::add_opener(int pid, std::size_t file) {
  for (FileUse::Opener& opener : m_use.openers) {
    if (opener.pid == pid && opener.file == file) {
      ++opener.descriptors;
      return;
    }
  }
  m_use.openers.push_back({pid, file, 1});
}

void Search::add_from_table(const KernelLock& lock) {
  for (std::size_t i = 0; i < m_wanted.size(); ++i) {
    const auto& keys = m_wanted[i].keys;
    if (std::any_of(keys.begin(), keys.end(),
                    [&](const KernelLock& key) { return key.is_same_file(lock); })) {
      add(i, lock);
      return;
    }
  }
}

// Once, though the table and every descriptor of the file tell of it; without a pid it may be the
// one that a descriptor has told about already.
void Search::add(std::size_t file, const KernelLock& lock) {
  if (lock.pid == process_id()) {
    return;
  }
  const bool is_known =
      std::any_of(m_use.locks.begin(), m_use.locks.end(), [&](const FileUse::Lock& known) {
        KernelLock same = known.lock;
        same.pid = lock.pid == 0 ? 0 : same.pid;
        return known.file == file && same == lock;
      });
  if (!is_known) {
    m_use.locks.push_back({file, lock});
  }
}

} // namespace

FileUse find_file_use(std::span<const std::string> paths) {
  return Search(paths).run(true);
}

FileUse find_file_holders(std::span<const std::string> paths) {
  return Search(paths).run(false);
}

bool is_locked_by_others(const std::string& path, std::uint64_t first, std::uint64_t last) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  return file && would_wait_for_lock(file, LockMode::exclusive, first, last);
}

bool would_wait_for_lock(const Fd& file, LockMode mode, std::uint64_t first, std::uint64_t last) {
  struct flock lock {};
  lock.l_type = mode == LockMode::shared ? F_RDLCK : F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(first);
  lock.l_len = static_cast<off_t>(last - first + 1);
  return ::fcntl(file.get(), F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

} // namespace menacedb
