#include "core/db/checkpoint.hpp"

#include "core/db/connection.hpp"
#include "core/db/transaction.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>

namespace menacedb {
namespace {

// While it lives, the worker does not wait: SQLite would wait for readers with the write lock held,
// and keep every other writer out for that time.
class NoWait {
public:
  explicit NoWait(Connection& connection) : m_connection(connection) {
    sqlite3_busy_handler(connection.handle(), nullptr, nullptr);
  }
  ~NoWait() { m_connection.install_busy_handler(); }
  NoWait(const NoWait&) = delete;
  NoWait& operator=(const NoWait&) = delete;

private:
  Connection& m_connection;
};

// True: SQLite did all that the mode asks for. Counts are -1 when the file is not in WAL mode.
bool run(Connection& worker, int mode, int& frames, int& checkpointed) {
  const int result =
      sqlite3_wal_checkpoint_v2(worker.handle(), "main", mode, &frames, &checkpointed);
  switch (result & 0xff) {
  case SQLITE_OK:
    return true;
  case SQLITE_BUSY:
    return false;
  case SQLITE_LOCKED: // only ourselves can be the reason
    throw Error(
        ErrorKind::internal, "in-transaction",
        fmt::format("cannot checkpoint '{}': its connection is in a transaction", worker.path()));
  default:
    throw worker.error("checkpoint");
  }
}

// True when every frame is in the database file.
bool copy(Database& guard, Database& worker, CheckpointResult& result) {
  const Transaction write_lock(guard);
  int frames = 0;
  int checkpointed = 0;
  if (!run(worker.connection(), SQLITE_CHECKPOINT_PASSIVE, frames, checkpointed)) {
    return false;
  }
  result.frames = std::max(frames, 0);
  result.checkpointed = std::max(checkpointed, 0);
  return result.frames == result.checkpointed;
}

bool reset_wal(Database& guard, Database& worker, int mode) {
  const ReadTransaction read_lock(guard);
  const NoWait no_wait(worker.connection());
  int frames = 0; // the figures that count are those of the copy
  int checkpointed = 0;
  return run(worker.connection(), mode, frames, checkpointed);
}

// Most of the copying, while others may commit: a read transaction keeps them from resetting the
// WAL just as well, and holds nobody up.
void copy_beforehand(Database& guard, Database& worker) {
  const ReadTransaction read_lock(guard);
  int frames = 0;
  int checkpointed = 0;
  static_cast<void>(run(worker.connection(), SQLITE_CHECKPOINT_PASSIVE, frames, checkpointed));
}

bool attempt(Database& guard, Database& worker, CheckpointMode mode, CheckpointResult& result) {
  try {
    copy_beforehand(guard, worker);
    if (!copy(guard, worker, result)) {
      return false;
    }
    switch (mode) {
    case CheckpointMode::passive:
    case CheckpointMode::full:
      return true;
    case CheckpointMode::restart:
      return reset_wal(guard, worker, SQLITE_CHECKPOINT_RESTART);
    case CheckpointMode::truncate:
      return reset_wal(guard, worker, SQLITE_CHECKPOINT_TRUNCATE);
    }
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::busy) {
      throw;
    }
    return false;
  }
}

} // namespace

CheckpointResult checkpoint(Database& guard, Database& worker, CheckpointMode mode) {
  CheckpointResult result;
  result.wal_before = worker.wal_size();
  result.is_blocked = !attempt(guard, worker, mode, result);
  BusyWait& wait = worker.connection().wait();
  for (int tries = 0; result.is_blocked && mode != CheckpointMode::passive && wait.again(tries);
       ++tries) {
    result.is_blocked = !attempt(guard, worker, mode, result);
  }
  result.wal_after = worker.wal_size();
  return result;
}

} // namespace menacedb
