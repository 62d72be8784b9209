#include "core/os/lifetime_lock.hpp"

namespace menacedb {

std::optional<LifetimeLock> LifetimeLock::try_acquire(Fs& fs, const std::string& path) {
  for (;;) {
    Fd file = fs.open(path, {.mode = OpenMode::read_write, .create = true});
    if (!fs.try_record_lock(file)) {
      return std::nullopt;
    }
    const auto named = fs.stat(path);
    if (named && named->id == fs.stat(file).id) {
      return LifetimeLock(std::move(file));
    } // somebody deletes lock files: take the new one
  }
}

std::optional<int> lifetime_lock_holder(Fs& fs, const std::string& path) {
  const auto file = fs.open_if_exists(path, {.mode = OpenMode::read});
  return file ? fs.record_lock_holder(*file) : std::nullopt;
}

} // namespace menacedb
