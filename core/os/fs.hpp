#pragma once

#include "core/base/time.hpp"
#include "core/base/units.hpp"
#include "core/os/fd.hpp"
#include "core/os/step.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// A file as a thing, whatever its name.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  friend bool operator==(const FileId&, const FileId&) = default;
};

enum class FileType { regular, directory, symlink, other };

struct FileStat {
  FileId id;
  FileType type = FileType::other;
  Bytes size = 0;
  std::uint64_t links = 1;
  std::uint32_t mode = 0; // permission bits
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
  Instant changed_at; // ctime
  Instant modified_at;
};

struct DirEntry {
  std::string name;
  FileType type = FileType::other; // as the directory says; `other` when it does not know
};

enum class OpenMode { read, append, read_append, read_write };
struct OpenOptions {
  OpenMode mode = OpenMode::read;
  bool create = false;      // with the umask's rights, never world-writable
  bool exclusive = false;   // with create: EEXIST is an Error with code "exists"
  bool is_fleeting = false; // reading leaves the time of the last access as it is, where we may
  std::uint32_t permissions = 0664;
};

// What became of a rename that must not replace anything.
enum class Moved { done, target_exists, source_missing };

enum class LockMode { shared, exclusive };

// The file system, as far as menacedb uses it. All failures throw Error (system_error) unless the
// function returns an optional or bool that says otherwise. Files are never opened through a
// symlink in the last component of their path (code "symlink"); directories are. Tests replace it
// to make faults and kills.
// Thread-safe as far as the calls below it are.
class Fs {
public:
  virtual ~Fs() = default;

  // Files. open() never blocks (a FIFO opens or fails at once) and sets O_CLOEXEC.
  [[nodiscard]] virtual Fd open(const std::string& path, const OpenOptions& options) = 0;
  // None when nothing has this name; still throws for other failures.
  [[nodiscard]] virtual std::optional<Fd> open_if_exists(const std::string& path,
                                                         const OpenOptions& options) = 0;
  // Bytes read, fewer than asked only at the end of the file. EINTR is retried.
  [[nodiscard]] virtual std::size_t read_at(const Fd& file, char* buffer, std::size_t size,
                                            Bytes offset) = 0;
  // One write(2) call (O_APPEND files): bytes written, which may be fewer than asked. ENOSPC and
  // such throw only if nothing was written.
  [[nodiscard]] virtual std::size_t write_once(const Fd& file, std::string_view bytes) = 0;
  // All bytes, at the file's position or end; throws on failure with some perhaps written.
  void write_all(const Fd& file, std::string_view bytes);
  // The file's own position: after a write to an O_APPEND file, where that write ended.
  [[nodiscard]] virtual Bytes position(const Fd& file) = 0;
  virtual void write_at(const Fd& file, std::string_view bytes, Bytes offset) = 0; // all
  virtual void truncate(const Fd& file, Bytes size) = 0;
  virtual void sync(const Fd& file) = 0;      // fsync; a failure is final
  virtual void sync_data(const Fd& file) = 0; // fdatasync; a failure is final

  // What the path names itself (lstat), or none.
  [[nodiscard]] virtual std::optional<FileStat> stat(const std::string& path) = 0;
  [[nodiscard]] virtual FileStat stat(const Fd& file) = 0;

  // Names. rename() replaces; exchange() swaps two existing names atomically and answers false
  // where the file system cannot.
  virtual void rename(const std::string& from, const std::string& to) = 0;
  [[nodiscard]] virtual bool exchange(const std::string& a, const std::string& b) = 0;
  // Never replaces what is there, even if it appears at the same moment.
  [[nodiscard]] virtual Moved rename_new(const std::string& from, const std::string& to) = 0;
  // A second name for a file, which must not exist; false where the file system or the user's
  // rights know none. Throws code "exists".
  [[nodiscard]] virtual bool link(const std::string& from, const std::string& to) = 0;
  virtual bool unlink(const std::string& path) = 0; // false when it was not there
  virtual void set_owner_and_mode(const Fd& file, const FileStat& like) = 0; // best effort on owner

  // Directories.
  virtual void make_directories(const std::string& path) = 0; // parents too; fine when present
  [[nodiscard]] virtual std::vector<DirEntry> list(const std::string& path) = 0; // without . and ..
  // False when it was not there, or not empty.
  virtual bool remove_directory(const std::string& path) = 0;
  // As list(), for folders of any size, without a list in memory: calls `entry` for each, in no
  // order, until it answers false. The name is valid during the call only.
  using Visitor = std::function<bool(std::string_view name, FileType type)>;
  virtual void visit(const std::string& path, const Visitor& entry) = 0;
  virtual void sync_directory(const std::string& path) = 0;
  // For many names of one folder: they are found without walking its path each time, and in the
  // same folder wherever that is moved meanwhile. The calls below take such a folder.
  [[nodiscard]] virtual Fd open_directory(const std::string& path) = 0;
  // As open_if_exists() and rename_new().
  [[nodiscard]] virtual std::optional<Fd> open_in(const Fd& directory, const std::string& name,
                                                  const OpenOptions& options) = 0;
  [[nodiscard]] virtual Moved move_new(const Fd& from, const Fd& to, const std::string& name) = 0;
  // What we may still write to the file system that the directory lies on.
  [[nodiscard]] virtual Bytes free_space(const std::string& directory) = 0;

  // Locks (flock), of the open file: two Fd of one file exclude each other even in one process.
  [[nodiscard]] virtual bool try_lock(const Fd& file, LockMode mode) = 0;
  virtual void lock(const Fd& file, LockMode mode) = 0; // blocks as long as it takes
  virtual void unlock(const Fd& file) = 0;

  // Record locks (fcntl) of the whole file: of the process, not of the open file. They end when the
  // process does, however it dies, or when it closes any descriptor of the file.
  [[nodiscard]] virtual bool try_record_lock(const Fd& file) = 0;
  virtual void unlock_record(const Fd& file) = 0;
  // The process that holds the record lock, as the kernel says it: 0 when it is one of another pid
  // namespace. None when no other process does. Takes no lock.
  [[nodiscard]] virtual std::optional<int> record_lock_holder(const Fd& file) = 0;

  // User attributes ("user.menacedb.<name>"), for identities of active files. None or false where
  // absent, unsupported, not allowed or without room.
  [[nodiscard]] virtual std::optional<std::string> attribute(const Fd& file,
                                                             const std::string& name) = 0;
  virtual bool set_attribute(const Fd& file, const std::string& name, std::string_view value) = 0;

  // Whether no process can write to the file any more: a read lease is granted and given back.
  // None where user or file system forbids leases.
  [[nodiscard]] virtual std::optional<bool> has_no_writer(const std::string& path) = 0;

  // Called at every named step of an operation that must survive a crash there; a test kills the
  // process here. Does nothing in production.
  virtual void reached(Step) {}
};

// The whole file; throws bad_input when it is larger than `limit`.
[[nodiscard]] std::string read_file(Fs& fs, const std::string& path, Bytes limit);
// New content: temporary name, write, sync, rename, sync of the directory.
void replace_file(Fs& fs, const std::string& path, std::string_view content);
// The same without the syncs, for what can be made again: a power cut may leave an empty file.
void replace_file_unsynced(Fs& fs, const std::string& path, std::string_view content);
[[nodiscard]] std::string parent_directory(const std::string& path); // "." when it has none
[[nodiscard]] std::string join_path(std::string_view directory, std::string_view name);

} // namespace menacedb
