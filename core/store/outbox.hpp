#pragma once

#include "core/db/database.hpp"
#include "core/db/lazy_statement.hpp"
#include "core/store/entry_place.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// One row of menacedb_outbox: an entry of the home store that waits to be applied in another store.
struct OutboxRow {
  std::int64_t id = 0; // never used again in this store
  std::string store;   // the path of the other database
  EntryPlace place;
  std::string origin;
  std::string table;
  std::string line;
  std::uint64_t attempts = 0;
};

struct NewOutboxRow {
  std::string_view store;
  const EntryPlace& place;
  std::string_view origin;
  std::string_view table;
  std::string_view line;
  std::uint64_t attempts = 0;
};

// The outbox of a home store. Changes run inside the caller's transaction. A row is applied in the
// other store together with (home, id) in menacedb_forwarded there, then removed here, so that a
// crash between the two repeats nothing.
class Outbox {
public:
  explicit Outbox(Database& database);

  void add(const NewOutboxRow& row);
  [[nodiscard]] std::vector<std::string> pending_stores();
  // The oldest rows for one store; about `max_bytes` of lines at most.
  [[nodiscard]] std::vector<OutboxRow> next(std::string_view store, std::size_t limit,
                                            Bytes max_bytes);
  [[nodiscard]] std::uint64_t count();
  void remove(std::span<const std::int64_t> ids);
  // False: somebody else has removed it.
  [[nodiscard]] bool remove(std::int64_t id);
  // All rows with an id up to this one are gone for ever, for Forwarded::purge in the other store.
  [[nodiscard]] std::int64_t removed_up_to(std::string_view store);

private:
  Database& m_database;
  LazyStatement m_add;
  LazyStatement m_stores;
  LazyStatement m_next;
  LazyStatement m_count;
  LazyStatement m_remove;
  LazyStatement m_removed;
};

// Which outbox rows of which home stores this store has applied. Inside the caller's transaction.
class Forwarded {
public:
  explicit Forwarded(Database& database);

  [[nodiscard]] bool is_known(std::string_view home, std::int64_t outbox_id);
  void remember(std::string_view home, std::int64_t outbox_id);
  void purge(std::string_view home, std::int64_t up_to);

private:
  LazyStatement m_find;
  LazyStatement m_add;
  LazyStatement m_purge;
};

} // namespace menacedb
