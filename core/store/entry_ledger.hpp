#pragma once

#include "core/db/database.hpp"
#include "core/db/lazy_statement.hpp"
#include "core/model/entry.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace menacedb {

// The ledger of entries that have a file each (menacedb_entry): what was decided about an entry, by
// the id that stays its own wherever its file is moved. Changes run inside the caller's
// transaction.
class EntryLedger {
public:
  explicit EntryLedger(Database& database);

  struct Decided {
    bool is_applied = false; // else it is dead
    Fault fault;
    std::int64_t changed_rows = 0;
  };
  [[nodiscard]] std::optional<Decided> find(std::string_view spool, std::string_view entry);
  // Of an entry that is known by its sequence only.
  [[nodiscard]] std::optional<Decided> find_sequence(std::string_view spool,
                                                     std::string_view sequence);
  [[nodiscard]] bool is_applied(std::string_view spool, std::string_view entry);
  // Every applied entry of the spool, by its id; for a recovery, not for a drain.
  using Visitor = std::function<void(std::string_view entry, Instant decided_at)>;
  void each_applied(std::string_view spool, const Visitor& visit);
  // In place of what was known of it.
  void add_applied(std::string_view spool, std::string_view entry, std::int64_t changed_rows,
                   Instant now);
  // The entry may be tried again; what was applied stays known.
  void forget_dead(std::string_view spool, std::string_view entry);
  void add_dead(std::string_view spool, std::string_view entry, const Fault& fault, Instant now);
  // Forgets those of the first `limit` entries of the spool that were decided before `horizon`.
  void purge(std::string_view spool, Instant horizon, std::size_t limit);
  // When the first entry in order was decided: about the oldest.
  [[nodiscard]] std::optional<Instant> oldest(std::string_view spool);

private:
  LazyStatement m_find;
  LazyStatement m_find_sequence;
  LazyStatement m_is_applied;
  LazyStatement m_all_applied;
  LazyStatement m_add;
  LazyStatement m_forget_dead;
  LazyStatement m_purge;
  LazyStatement m_oldest;
};

} // namespace menacedb
