#pragma once

#include "core/model/batch.hpp"
#include "core/os/clock.hpp"
#include "core/os/fs.hpp"
#include "core/queue/dir_spool.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace menacedb {

// Moves the files of claimed entries to where they belong. Everything may be repeated: a file that
// is gone was moved already. The caller holds the spool's lock. Not thread-safe.
class DirSettler {
public:
  DirSettler(Fs& fs, Clock& clock, DirSpool& spool) : m_fs(fs), m_clock(clock), m_spool(spool) {}

  // What is decided goes to completed/ or failed/, where its age counts from the rename, which sets
  // the time of the file's last change; what is deferred goes back to pending/, to be claimed when
  // its not_before has come.
  void settle(const Batch& batch, const Outcomes& outcomes);
  // Back to pending/, to where it stood.
  void give_back(const std::string& name);
  // The same for all entries of a batch that was not decided.
  void give_back(const Batch& batch);
  // Writes the count into the entry's file, in place.
  void set_retries(const Batch& batch, const Entry& entry, std::uint32_t retries);
  // To failed/, with the reason.
  void fail(const Batch& batch, const Entry& entry, const Fault& fault);
  // From completed/ to failed/ after all, with the reason. `text` is that of the file, which may be
  // gone already.
  void revoke(const std::string& name, std::string_view text, const Fault& fault);

private:
  void put_off(const Batch& batch, const Entry& entry);
  // Puts the text in place of what is at `path`, with the rights of the claimed file, durably.
  void rewrite(const std::string& name, std::string_view text, const std::string& path);
  // Answers the name it got in the folder; empty when the file is gone.
  std::string move_out(const std::string& name, const std::string& folder);

  Fs& m_fs;
  Clock& m_clock;
  DirSpool& m_spool;
};

} // namespace menacedb
