#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

// A system call that changes or syncs something below a directory.
struct FileCall {
  enum class Kind {
    open,
    write,
    truncate,
    sync,
    sync_data,
    rename,
    exchange,
    link,
    unlink,
    mkdir,
    rmdir,
    attribute,
    unknown
  };

  Kind kind = Kind::unknown;
  long number = 0;
  std::string path;  // of the file, in /proc for a descriptor, or the first name
  std::string other; // the second name
  std::uint64_t descriptor = 0;
  std::optional<std::uint64_t> value; // the offset, none for the file's position; the size; flags
  std::string name, bytes;            // of an attribute

  [[nodiscard]] bool is_sync() const { return kind == Kind::sync || kind == Kind::sync_data; }
};

// Reads calls as they are made and tells them as lines.
class FileCalls {
public:
  using Arguments = std::array<std::uint64_t, 6>;

  explicit FileCalls(std::string root) : m_root(std::move(root)) {}

  // At the entry. None: it changes nothing there. Calls that change files in a way that is not
  // told here are `unknown`.
  [[nodiscard]] std::optional<FileCall> read(pid_t thread, long number,
                                             const Arguments& args) const;
  // At the return, before any other call may change the files.
  [[nodiscard]] static std::string line(pid_t thread, const FileCall& call, std::int64_t result);
  [[nodiscard]] bool is_inside(const std::string& path) const;

private:
  [[nodiscard]] static std::optional<FileCall> decode(pid_t thread, long number,
                                                      const Arguments& args);
  [[nodiscard]] static std::optional<FileCall> decode_named(pid_t thread, long number,
                                                            const Arguments& args);
  [[nodiscard]] static std::optional<FileCall> decode_old(pid_t thread, long number,
                                                          const Arguments& args);

  std::string m_root;
};

[[nodiscard]] std::string to_hex(const std::string& bytes); // "-" when there are none
