#include "tests/support/fault_fs.hpp"

#include "core/base/error.hpp"
#include "core/os/posix_call.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <signal.h>
#include <utility>

namespace menacedb::test {

namespace {
constexpr auto k_call_words = std::to_array<const char*>(
    {"open",           "read",           "write",    "write_at",         "truncate",
     "sync",           "stat",           "rename",   "exchange",         "link",
     "unlink",         "open_directory", "set_mode", "make_directories", "list",
     "sync_directory", "free_space",     "lock",     "unlock",           "attribute",
     "set_attribute",  "lease"});
static_assert(k_call_words.size() == static_cast<std::size_t>(FsCall::lease) + 1);

bool is_change(FsCall call) {
  switch (call) {
  case FsCall::read:
  case FsCall::stat:
  case FsCall::list:
  case FsCall::open_directory:
  case FsCall::free_space:
  case FsCall::lock:
  case FsCall::unlock:
  case FsCall::attribute:
  case FsCall::lease:
    return false;
  default:
    return true;
  }
}

} // namespace

const char* call_word(FsCall call) noexcept {
  return k_call_words[static_cast<std::size_t>(call)];
}

void FaultFs::fail(Fault fault) {
  const std::lock_guard guard(m_mutex);
  m_faults.push_back(std::move(fault));
}

void FaultFs::fill_up_after(std::size_t bytes) {
  const std::lock_guard guard(m_mutex);
  m_room = bytes;
}

void FaultFs::kill_at(Step step, unsigned nth) {
  const std::lock_guard guard(m_mutex);
  m_kills[step] = nth;
}

void FaultFs::kill_before_change(unsigned nth) {
  const std::lock_guard guard(m_mutex);
  m_changes_to_kill = nth;
}

void FaultFs::heal() {
  const std::lock_guard guard(m_mutex);
  m_faults.clear();
  m_room.reset();
  m_kills.clear();
  m_calls.clear();
  m_changes_to_kill = 0;
}

std::vector<FaultFs::Record> FaultFs::records() const {
  const std::lock_guard guard(m_mutex);
  return m_records;
}

std::string FaultFs::changes() const {
  std::string text;
  for (const Record& record : records()) {
    if (is_change(record.call)) {
      text += text.empty() ? "" : " ";
      text += call_word(record.call);
    }
  }
  return text;
}

unsigned FaultFs::count(FsCall call) const {
  const std::lock_guard guard(m_mutex);
  return static_cast<unsigned>(std::ranges::count(m_records, call, &Record::call));
}

unsigned FaultFs::count(Step step) const {
  const std::lock_guard guard(m_mutex);
  const auto found = m_steps.find(step);
  return found == m_steps.end() ? 0 : found->second;
}

void FaultFs::forget_records() {
  const std::lock_guard guard(m_mutex);
  m_records.clear();
  m_steps.clear();
}

bool FaultFs::is_missing(FsCall call, const std::string& path) {
  const int error_number = enter(call, path);
  if (error_number != 0 && error_number != ENOENT) {
    throw system_error(error_number, call_word(call), path);
  }
  return error_number == ENOENT;
}

int FaultFs::enter(FsCall call, const std::string& path) {
  const std::lock_guard guard(m_mutex);
  m_records.push_back({call, path});
  if (is_change(call) && m_changes_to_kill > 0 && --m_changes_to_kill == 0) {
    ::raise(SIGKILL);
  }
  int error_number = 0;
  for (Fault& fault : m_faults) {
    if (fault.call != call || path.find(fault.path_part) == std::string::npos) {
      continue;
    }
    const bool is_due = fault.nth == 1 || (fault.nth == 0 && fault.is_lasting);
    error_number = is_due ? fault.error_number : error_number;
    fault.nth -= fault.nth > 0 ? 1 : 0;
  }
  return error_number;
}

int FaultFs::enter(FsCall call, const Fd& file) {
  return enter(call, path_of(file));
}

void FaultFs::check(FsCall call, const std::string& path) {
  if (const int error_number = enter(call, path); error_number != 0) {
    throw system_error(error_number, call_word(call), path);
  }
}

void FaultFs::check(FsCall call, const Fd& file) {
  check(call, path_of(file));
}

std::string_view FaultFs::take_room(std::string_view bytes, const Fd& file) {
  const std::lock_guard guard(m_mutex);
  if (!m_room) {
    return bytes;
  }
  if (*m_room == 0 && !bytes.empty()) {
    throw system_error(ENOSPC, "write", path_of(file));
  }
  const std::string_view fitting = bytes.substr(0, *m_room);
  *m_room -= fitting.size();
  return fitting;
}

Fd FaultFs::open(const std::string& path, const OpenOptions& options) {
  check(FsCall::open, path);
  return PosixFs::open(path, options);
}

std::optional<Fd> FaultFs::open_if_exists(const std::string& path, const OpenOptions& options) {
  if (is_missing(FsCall::open, path)) {
    return std::nullopt;
  }
  return PosixFs::open_if_exists(path, options);
}

std::size_t FaultFs::read_at(const Fd& file, char* buffer, std::size_t size, Bytes offset) {
  check(FsCall::read, file);
  return PosixFs::read_at(file, buffer, size, offset);
}

std::size_t FaultFs::write_once(const Fd& file, std::string_view bytes) {
  check(FsCall::write, file);
  return PosixFs::write_once(file, take_room(bytes, file));
}

void FaultFs::write_at(const Fd& file, std::string_view bytes, Bytes offset) {
  check(FsCall::write_at, file);
  const std::string_view fitting = take_room(bytes, file);
  PosixFs::write_at(file, fitting, offset);
  if (fitting.size() < bytes.size()) {
    throw system_error(ENOSPC, "write", path_of(file));
  }
}

void FaultFs::truncate(const Fd& file, Bytes size) {
  check(FsCall::truncate, file);
  PosixFs::truncate(file, size);
}

void FaultFs::sync(const Fd& file) {
  check(FsCall::sync, file);
  PosixFs::sync(file);
}

void FaultFs::sync_data(const Fd& file) {
  check(FsCall::sync, file);
  PosixFs::sync_data(file);
}

std::optional<FileStat> FaultFs::stat(const std::string& path) {
  if (is_missing(FsCall::stat, path)) {
    return std::nullopt;
  }
  return PosixFs::stat(path);
}

FileStat FaultFs::stat(const Fd& file) {
  check(FsCall::stat, file);
  return PosixFs::stat(file);
}

bool FaultFs::try_lock(const Fd& file, LockMode mode) {
  const int error_number = enter(FsCall::lock, file);
  if (error_number == EWOULDBLOCK) {
    return false;
  }
  if (error_number != 0) {
    throw system_error(error_number, "lock", path_of(file));
  }
  return PosixFs::try_lock(file, mode);
}

void FaultFs::lock(const Fd& file, LockMode mode) {
  check(FsCall::lock, file);
  PosixFs::lock(file, mode);
}

void FaultFs::unlock(const Fd& file) {
  check(FsCall::unlock, file);
  PosixFs::unlock(file);
}

bool FaultFs::try_record_lock(const Fd& file) {
  const int error_number = enter(FsCall::lock, file);
  if (error_number == EWOULDBLOCK) {
    return false;
  }
  if (error_number != 0) {
    throw system_error(error_number, "lock", path_of(file));
  }
  return PosixFs::try_record_lock(file);
}

void FaultFs::unlock_record(const Fd& file) {
  check(FsCall::unlock, file);
  PosixFs::unlock_record(file);
}

std::optional<int> FaultFs::record_lock_holder(const Fd& file) {
  check(FsCall::lock, file);
  return PosixFs::record_lock_holder(file);
}

std::optional<std::string> FaultFs::attribute(const Fd& file, const std::string& name) {
  const int error_number = enter(FsCall::attribute, file);
  if (error_number == EOPNOTSUPP || error_number == ENODATA) {
    return std::nullopt;
  }
  if (error_number != 0) {
    throw system_error(error_number, "attribute", path_of(file));
  }
  return PosixFs::attribute(file, name);
}

bool FaultFs::set_attribute(const Fd& file, const std::string& name, std::string_view value) {
  const int error_number = enter(FsCall::set_attribute, file);
  if (error_number == EOPNOTSUPP || error_number == ENOSPC) {
    return false;
  }
  if (error_number != 0) {
    throw system_error(error_number, "set_attribute", path_of(file));
  }
  return PosixFs::set_attribute(file, name, value);
}

std::optional<bool> FaultFs::has_no_writer(const std::string& path) {
  const int error_number = enter(FsCall::lease, path);
  if (error_number == EAGAIN) {
    return false;
  }
  if (error_number == EACCES || error_number == EINVAL) {
    return std::nullopt;
  }
  if (error_number != 0) {
    throw system_error(error_number, "lease", path);
  }
  return PosixFs::has_no_writer(path);
}

void FaultFs::call_at(Step step, std::function<void()> action, unsigned nth) {
  const std::lock_guard guard(m_mutex);
  m_calls[step] = {nth, std::move(action)};
}

void FaultFs::reached(Step step) {
  std::function<void()> action;
  {
    const std::lock_guard guard(m_mutex);
    ++m_steps[step];
    const auto kill = m_kills.find(step);
    if (kill != m_kills.end() && --kill->second == 0) {
      ::raise(SIGKILL);
    }
    const auto call = m_calls.find(step);
    if (call != m_calls.end() && --call->second.left == 0) {
      action = std::move(call->second.action);
      m_calls.erase(call);
    }
  }
  if (action) {
    action();
  }
}

} // namespace menacedb::test
