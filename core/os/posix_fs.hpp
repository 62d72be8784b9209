#pragma once

#include "core/os/fs.hpp"

namespace menacedb {

// The real file system. Stateless; one per process is enough.
class PosixFs : public Fs {
public:
  Fd open(const std::string& path, const OpenOptions& options) override;
  std::optional<Fd> open_if_exists(const std::string& path, const OpenOptions& options) override;
  std::size_t read_at(const Fd& file, char* buffer, std::size_t size, Bytes offset) override;
  std::size_t write_once(const Fd& file, std::string_view bytes) override;
  Bytes position(const Fd& file) override;
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
  void sync_directory(const std::string& path) override;
  Fd open_directory(const std::string& path) override;
  std::optional<Fd> open_in(const Fd& directory, const std::string& name,
                            const OpenOptions& options) override;
  Moved move_new(const Fd& from, const Fd& to, const std::string& name) override;
  Bytes free_space(const std::string& directory) override;
  bool try_lock(const Fd& file, LockMode mode) override;
  void lock(const Fd& file, LockMode mode) override;
  void unlock(const Fd& file) override;
  bool try_record_lock(const Fd& file) override;
  void unlock_record(const Fd& file) override;
  std::optional<int> record_lock_holder(const Fd& file) override;
  std::optional<std::string> attribute(const Fd& file, const std::string& name) override;
  bool set_attribute(const Fd& file, const std::string& name, std::string_view value) override;
  std::optional<bool> has_no_writer(const std::string& path) override;
};

} // namespace menacedb
