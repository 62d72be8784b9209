#pragma once

#include "core/os/posix_fs.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace menacedb::test {

enum class FsCall {
  open, // and open_if_exists and open_in
  read,
  write, // write_once, and so write_all
  write_at,
  truncate,
  sync,   // and sync_data
  stat,   // both
  rename, // and rename_new and move_new
  exchange,
  link,
  unlink, // and remove_directory
  open_directory,
  set_mode,
  make_directories,
  list, // and visit
  sync_directory,
  free_space,
  lock, // try_lock and lock
  unlock,
  attribute,
  set_attribute,
  lease, // has_no_writer
};

[[nodiscard]] const char* call_word(FsCall call) noexcept; // "sync_directory"

// The real file system, which fails, stops short or kills the process where it is told to, and
// remembers what was done. Thread-safe.
class FaultFs : public PosixFs {
public:
  struct Fault {
    FsCall call = FsCall::open;
    int error_number = 0;
    unsigned nth = 1;        // of the matching calls from now on
    bool is_lasting = false; // all later ones fail too
    std::string path_part;   // only calls whose path contains this
  };
  // Errors that a function of Fs answers with none or false are answered so: EINVAL for exchange,
  // EOPNOTSUPP for attributes, EAGAIN and EACCES for leases, EWOULDBLOCK for try_lock.
  void fail(Fault fault);
  void fail(FsCall call, int error_number, unsigned nth = 1) {
    fail({.call = call, .error_number = error_number, .nth = nth, .path_part = {}});
  }
  // The device has room for this many bytes: the write that passes it is short, later ones fail
  // with ENOSPC. Until heal().
  void fill_up_after(std::size_t bytes);
  // Kills the process by SIGKILL at the nth time that `step` is reached from now on.
  void kill_at(Step step, unsigned nth = 1);
  // Kills it before the nth call from now on that would change the disk: a loop over n crashes an
  // operation everywhere.
  void kill_before_change(unsigned nth);
  // Calls `action` the nth time that `step` is reached from now on; it may use this object.
  void call_at(Step step, std::function<void()> action, unsigned nth = 1);
  // Forgets all faults, kills and calls.
  void heal();

  struct Record {
    FsCall call = FsCall::open;
    std::string path; // of rename and exchange: "from -> to"
  };
  [[nodiscard]] std::vector<Record> records() const;
  // "open sync sync_directory": without reads, stats and locks.
  [[nodiscard]] std::string changes() const;
  [[nodiscard]] unsigned count(FsCall call) const;
  [[nodiscard]] unsigned count(Step step) const;
  void forget_records();

  Fd open(const std::string& path, const OpenOptions& options) override;
  std::optional<Fd> open_if_exists(const std::string& path, const OpenOptions& options) override;
  std::size_t read_at(const Fd& file, char* buffer, std::size_t size, Bytes offset) override;
  std::size_t write_once(const Fd& file, std::string_view bytes) override;
  void write_at(const Fd& file, std::string_view bytes, Bytes offset) override;
  void truncate(const Fd& file, Bytes size) override;
  void sync(const Fd& file) override;
  void sync_data(const Fd& file) override;
  std::optional<FileStat> stat(const std::string& path) override;
  FileStat stat(const Fd& file) override;
  void rename(const std::string& from, const std::string& to) override;
  bool exchange(const std::string& a, const std::string& b) override;
  Moved rename_new(const std::string& from, const std::string& to) override;
  bool link(const std::string& from, const std::string& to) override;
  bool unlink(const std::string& path) override;
  bool remove_directory(const std::string& path) override;
  void set_owner_and_mode(const Fd& file, const FileStat& like) override;
  void make_directories(const std::string& path) override;
  std::vector<DirEntry> list(const std::string& path) override;
  void visit(const std::string& path, const Visitor& entry) override;
  Bytes free_space(const std::string& directory) override;
  void sync_directory(const std::string& path) override;
  Fd open_directory(const std::string& path) override;
  std::optional<Fd> open_in(const Fd& directory, const std::string& name,
                            const OpenOptions& options) override;
  Moved move_new(const Fd& from, const Fd& to, const std::string& name) override;
  bool try_lock(const Fd& file, LockMode mode) override;
  void lock(const Fd& file, LockMode mode) override;
  void unlock(const Fd& file) override;
  bool try_record_lock(const Fd& file) override;
  void unlock_record(const Fd& file) override;
  std::optional<int> record_lock_holder(const Fd& file) override;
  std::optional<std::string> attribute(const Fd& file, const std::string& name) override;
  bool set_attribute(const Fd& file, const std::string& name, std::string_view value) override;
  std::optional<bool> has_no_writer(const std::string& path) override;
  void reached(Step step) override;

private:
  // Remembers the call; the error it shall fail with, or 0.
  [[nodiscard]] int enter(FsCall call, const std::string& path);
  [[nodiscard]] int enter(FsCall call, const Fd& file);
  // The same for calls that know a missing file: whether to say that, or throwing.
  [[nodiscard]] bool is_missing(FsCall call, const std::string& path);
  // The same, throwing.
  void check(FsCall call, const std::string& path);
  void check(FsCall call, const Fd& file);
  [[nodiscard]] std::string_view take_room(std::string_view bytes, const Fd& file);

  mutable std::mutex m_mutex; // guards all below
  std::vector<Fault> m_faults;
  std::vector<Record> m_records;
  std::optional<std::size_t> m_room;
  std::map<Step, unsigned> m_kills;
  unsigned m_changes_to_kill = 0; // 0: never
  std::map<Step, unsigned> m_steps;
  struct Call {
    unsigned left = 1;
    std::function<void()> action;
  };
  std::map<Step, Call> m_calls;
};

} // namespace menacedb::test
