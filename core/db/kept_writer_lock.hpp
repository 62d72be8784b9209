#pragma once

#include "core/db/writer_lock.hpp"
#include "core/os/kept_lock.hpp"

#include <optional>
#include <string>

namespace menacedb {

// The WriterLock of one database, for who writes in many short turns. Not thread-safe.
class KeptWriterLock {
public:
  // All borrowed but the path.
  KeptWriterLock(Fs& fs, Clock& clock, const StopFlag& stop, std::string database_path)
      : m_fs(fs), m_clock(clock), m_stop(stop), m_database_path(std::move(database_path)) {}

  // The lock, until the end of the scope.
  class Turn {
  public:
    explicit Turn(KeptWriterLock& owner) : m_owner(owner) {}
    ~Turn() { m_owner.m_lock->release(m_owner.m_fs, m_owner.m_clock); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

  private:
    KeptWriterLock& m_owner;
  };
  // Throws as WriterLock does.
  [[nodiscard]] Turn take(Duration patience);

private:
  Fs& m_fs;
  Clock& m_clock;
  const StopFlag& m_stop;
  std::string m_database_path;
  std::optional<KeptLock> m_lock; // once its path is known
};

} // namespace menacedb
