#pragma once

#include "core/db/database.hpp"
#include "core/db/lazy_statement.hpp"
#include "core/store/entry_place.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// One row of menacedb_deferred: an entry taken from its queue that is not due yet. It counts as
// queued.
struct DeferredRow {
  std::int64_t id = 0; // becomes Entry::deferred_row
  EntryPlace place;
  std::string origin;
  std::string table;
  std::string line;
  Instant not_before;
  std::uint64_t attempts = 0;
};

struct NewDeferredRow {
  const EntryPlace& place;
  std::string_view origin;
  std::string_view table;
  std::string_view line;
  Instant not_before;
  std::uint64_t attempts = 0;
};

// The deferred entries of a store. Changes run inside the caller's transaction.
class Deferred {
public:
  explicit Deferred(Database& database);

  void add(const NewDeferredRow& row);
  // Rows whose time has come, the longest due first; about `max_bytes` of lines at most.
  [[nodiscard]] std::vector<DeferredRow> due(Instant now, std::size_t limit, Bytes max_bytes);
  // When the next row is due; none when there is no row.
  [[nodiscard]] std::optional<Instant> next_due();
  [[nodiscard]] std::uint64_t count();
  // Where the entry stood; none when another drain has decided it.
  [[nodiscard]] std::optional<EntryPlace> place(std::int64_t id);
  // False: another drain has decided it.
  [[nodiscard]] bool remove(std::int64_t id);

private:
  Database& m_database;
  LazyStatement m_add;
  LazyStatement m_due;
  LazyStatement m_next;
  LazyStatement m_count;
  LazyStatement m_place;
  LazyStatement m_remove;
};

} // namespace menacedb
