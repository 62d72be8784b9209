#pragma once

#include "core/engine/context.hpp"
#include "core/engine/drain/batch_audit.hpp"
#include "core/engine/drain/pass_report.hpp"
#include "core/engine/drain/refused_files.hpp"
#include "core/store/sqlite_store.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace menacedb {

// Delivers the outbox of a home store to the other stores its entries were routed to, exactly once:
// the target notes each outbox id in the transaction that applies the entry, and only then the row
// leaves the outbox. Entries the target refuses become dead letters of the home store, or go to
// failed/ of the directory queue when they came from there.
class Forward {
public:
  Forward(const Context& context, SqliteStore& home, Duration lock_patience);

  // Everything that is in the outbox now, counted in the report. A target that is busy keeps its
  // entries there; the first such Error is thrown after the other targets got theirs, and nothing
  // is counted then.
  void deliver(PassReport& report);

private:
  struct Delivered {
    std::uint64_t applied = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t failed = 0;
  };
  Delivered deliver_all();
  Delivered deliver_to(const std::string& path);

  Context m_context;
  SqliteStore& m_home;
  Duration m_lock_patience;
  BatchAudit m_audit;
  RefusedFiles m_files;
};

} // namespace menacedb
