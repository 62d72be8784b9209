#include "core/store/entry_ledger.hpp"

#include "core/db/sql_values.hpp"

#include <string>

namespace menacedb {
namespace {

constexpr std::int64_t k_applied = 0;
constexpr std::int64_t k_dead = 1;

EntryLedger::Decided read_decided(const Statement& row) {
  EntryLedger::Decided decided;
  decided.is_applied = row.integer(0) == k_applied;
  decided.changed_rows = row.integer(1);
  decided.fault = {std::string(row.text(2)), std::string(row.text(3))};
  return decided;
}

} // namespace

EntryLedger::EntryLedger(Database& database)
    : m_find(database, "SELECT state, changed_rows, code, error FROM menacedb_entry "
                       "WHERE spool = ?1 AND entry = ?2"),
      m_find_sequence(database, "SELECT state, changed_rows, code, error FROM menacedb_entry "
                                "WHERE spool = ?1 AND entry >= ?2 || ':' AND entry < ?2 || ';' "
                                "LIMIT 1"),
      m_is_applied(database, "SELECT 1 FROM menacedb_entry "
                             "WHERE spool = ?1 AND entry = ?2 AND state = 0"),
      m_all_applied(database, "SELECT entry, decided_at FROM menacedb_entry "
                              "WHERE spool = ?1 AND state = 0"),
      m_add(database, "INSERT OR REPLACE INTO menacedb_entry"
                      "(spool, entry, state, changed_rows, code, error, decided_at) "
                      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
      m_forget_dead(database, "DELETE FROM menacedb_entry "
                              "WHERE spool = ?1 AND entry = ?2 AND state = 1"),
      m_purge(database, "DELETE FROM menacedb_entry WHERE spool = ?1 AND entry IN "
                        "(SELECT entry FROM menacedb_entry WHERE spool = ?1 ORDER BY entry "
                        "LIMIT ?3) AND decided_at < ?2"),
      m_oldest(database, "SELECT decided_at FROM menacedb_entry WHERE spool = ?1 "
                         "ORDER BY entry LIMIT 1") {}

std::optional<EntryLedger::Decided> EntryLedger::find(std::string_view spool,
                                                      std::string_view entry) {
  const StatementUse use = m_find.use();
  use->bind(1, spool).bind(2, entry);
  return use->step() ? std::optional(read_decided(*use)) : std::nullopt;
}

std::optional<EntryLedger::Decided> EntryLedger::find_sequence(std::string_view spool,
                                                               std::string_view sequence) {
  const StatementUse use = m_find_sequence.use();
  use->bind(1, spool).bind(2, sequence);
  return use->step() ? std::optional(read_decided(*use)) : std::nullopt;
}

bool EntryLedger::is_applied(std::string_view spool, std::string_view entry) {
  const StatementUse use = m_is_applied.use();
  use->bind(1, spool).bind(2, entry);
  return use->step();
}

void EntryLedger::each_applied(std::string_view spool, const Visitor& visit) {
  const StatementUse use = m_all_applied.use();
  use->bind(1, spool);
  while (use->step()) {
    visit(use->text(0), instant_from_sql(use->integer(1)));
  }
}

void EntryLedger::add_applied(std::string_view spool, std::string_view entry,
                              std::int64_t changed_rows, Instant now) {
  const StatementUse use = m_add.use();
  use->bind(1, spool).bind(2, entry).bind(3, k_applied).bind(4, changed_rows);
  use->bind(5, std::string_view()).bind(6, std::string_view()).bind(7, to_sql(now)).run();
}

void EntryLedger::add_dead(std::string_view spool, std::string_view entry, const Fault& fault,
                           Instant now) {
  const StatementUse use = m_add.use();
  use->bind(1, spool).bind(2, entry).bind(3, k_dead).bind(4, std::int64_t{0});
  use->bind(5, std::string_view(fault.code)).bind(6, std::string_view(fault.message));
  use->bind(7, to_sql(now)).run();
}

void EntryLedger::forget_dead(std::string_view spool, std::string_view entry) {
  const StatementUse use = m_forget_dead.use();
  use->bind(1, spool).bind(2, entry).run();
}

void EntryLedger::purge(std::string_view spool, Instant horizon, std::size_t limit) {
  const StatementUse use = m_purge.use();
  use->bind(1, spool).bind(2, to_sql(horizon)).bind(3, static_cast<std::int64_t>(limit)).run();
}

std::optional<Instant> EntryLedger::oldest(std::string_view spool) {
  const StatementUse use = m_oldest.use();
  use->bind(1, spool);
  if (!use->step() || use->is_null(0)) {
    return std::nullopt;
  }
  return instant_from_sql(use->integer(0));
}

} // namespace menacedb
