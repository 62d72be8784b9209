#pragma once

#include "core/db/database.hpp"
#include "core/db/lazy_statement.hpp"
#include "core/store/flow.hpp"

namespace menacedb {

// The flow of a home store: one value of menacedb_meta, changed in the transaction of what it tells
// of, so that a crash loses nothing of it.
class FlowRows {
public:
  explicit FlowRows(Database& database);

  // Inside the caller's transaction.
  void add(const Flow& flow, Instant now);
  [[nodiscard]] Flow read();

private:
  LazyStatement m_read;
  LazyStatement m_write;
};

} // namespace menacedb
