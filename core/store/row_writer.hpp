#pragma once

#include "core/db/database.hpp"
#include "core/db/lazy_statement.hpp"
#include "core/model/batch.hpp"
#include "core/store/plan_cache.hpp"
#include "core/store/row_hashes.hpp"
#include "core/store/side_hashes.hpp"
#include "core/store/table_schema.hpp"
#include "core/store/value_binder.hpp"

#include <optional>
#include <string_view>

namespace menacedb {

// Applies the row of one entry inside the caller's transaction. A refused row is an answer (dead);
// what the environment does throws. A refused row leaves nothing behind, except when SQLite has
// ended the whole transaction: see Database::is_in_transaction(). Not thread-safe.
class RowWriter {
public:
  RowWriter(Database& database, SchemaCache& schema, RuleSwitch& rules, RowRule rule);

  // applied, duplicate or dead. `table` is what the schema has for the entry's table; `hash` its
  // content hash where the table needs one, unless a field for it is missing.
  [[nodiscard]] Verdict write(const Batch& batch, const Entry& entry, TableSchema* table,
                              const RowHash* hash);
  // Why the last row is dead.
  [[nodiscard]] Fault take_fault() noexcept { return std::move(m_fault); }
  // Whether the row of this entry, with this content hash, is there.
  [[nodiscard]] bool is_known(const Batch& batch, const Entry& entry, TableSchema& table,
                              const RowHash& hash);
  // Forgets statements and schema together.
  void forget_schema();

private:
  Verdict refuse(std::string_view code, std::string message);
  Verdict refuse(Fault fault);
  Verdict write_row(const Batch& batch, const Entry& entry, TableSchema& table,
                    const RowHash* hash);
  Verdict write_guarded(const Batch& batch, const Entry& entry, TableSchema& table,
                        const RowHash* hash);
  Verdict run(RowPlan& plan, const Batch& batch, const Entry& entry, TableSchema& table,
              const RowHash* hash);
  Verdict judge_unchanged(RowPlan& plan, const Batch& batch, const Entry& entry, TableSchema& table,
                          const RowHash* hash);
  Verdict judge_fault(const SqlFault& fault, const Entry& entry, TableSchema& table,
                      const RowHash* hash);
  [[nodiscard]] bool bind(RowPlan& plan, const Batch& batch, const Entry& entry,
                          const RowHash* hash);
  [[nodiscard]] bool has_hash(TableSchema& table, const RowHash& hash);
  [[nodiscard]] bool has_target(RowPlan& plan, const Batch& batch, const Entry& entry);

  Database& m_database;
  SchemaCache& m_schema;
  RowGuard m_guard;
  PlanCache m_plans;
  ValueBinder m_binder;
  Fault m_fault;
  LazyStatement m_savepoint;
  LazyStatement m_release;
  LazyStatement m_undo;
  SideHashes m_side_hashes;
};

} // namespace menacedb
