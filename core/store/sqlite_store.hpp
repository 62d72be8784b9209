#pragma once

#include "core/base/log.hpp"
#include "core/db/database.hpp"
#include "core/os/clock.hpp"
#include "core/os/fs.hpp"
#include "core/store/ledger.hpp"
#include "core/store/store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace menacedb {

enum class DedupKind { automatic, content, none, columns };
struct Dedup {
  DedupKind kind = DedupKind::automatic;
  std::vector<std::string> columns;
};

struct SqliteStoreOptions {
  std::string path;
  Duration busy_timeout = std::chrono::seconds(5);
  Duration lock_patience = std::chrono::seconds(10);
  Duration key_horizon = std::chrono::hours(24 * 7);
  Bytes cache_size = 32ull << 20;
  Bytes wal_limit = 64ull << 20; // checkpoint after a transaction that left a larger WAL
  // How a table is deduplicated (CONTRACTS section 0); absent: automatic for all.
  std::function<Dedup(std::string_view table)> dedup;
};

struct DeadRow; // core/store/dead_rows.hpp

// A home store in SQLite: data, ledger, dead letters, deferred entries, outbox and keys in one
// file. The file and menacedb's tables are created on construction. One writer at a time by
// WriterLock; commits with synchronous=FULL. Not thread-safe.
class SqliteStore : public Store {
public:
  SqliteStore(Fs& fs, Clock& clock, const Log& log, const StopFlag& stop,
              const SqliteStoreOptions& options);
  ~SqliteStore() override;

  [[nodiscard]] Applied apply(Batch& batch) override;

  [[nodiscard]] Ledger& ledger();
  [[nodiscard]] Database& database();
  // Checkpoints when the WAL is over the limit (or always, with `force`), under both locks.
  void checkpoint_if_large(bool force = false);

private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

} // namespace menacedb
