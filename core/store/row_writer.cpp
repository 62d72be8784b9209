#include "core/store/row_writer.hpp"

#include "core/store/sql_fault_code.hpp"

#include <fmt/format.h>

#include <utility>

namespace menacedb {

RowWriter::RowWriter(Database& database, SchemaCache& schema, RuleSwitch& rules, RowRule rule)
    : m_database(database),
      m_schema(schema),
      m_guard(database, rules, std::move(rule)),
      m_plans(m_guard),
      m_savepoint(database, "SAVEPOINT menacedb_entry"),
      m_release(database, "RELEASE menacedb_entry"),
      m_undo(database, "ROLLBACK TO menacedb_entry"),
      m_side_hashes(database) {}

void RowWriter::forget_schema() {
  m_plans.clear();
  m_side_hashes.forget_schema();
  m_schema.forget();
}

Verdict RowWriter::refuse(std::string_view code, std::string message) {
  return refuse(Fault{std::string(code), std::move(message)});
}

Verdict RowWriter::refuse(Fault fault) {
  m_fault = std::move(fault);
  return Verdict::dead;
}

Verdict RowWriter::write(const Batch& batch, const Entry& entry, TableSchema* table,
                         const RowHash* hash) {
  if (table == nullptr) {
    return refuse("table-missing", fmt::format("no such table: {}", entry.table));
  }
  if (table->is_reserved) {
    return refuse("denied", fmt::format("Access to table '{}' is denied", entry.table));
  }
  if (entry.data == k_no_node || !batch.tape.at(entry.data).is_expanded) {
    return refuse("missing-data", "missing table or record");
  }
  return m_schema.hazards().needs_savepoints() ? write_guarded(batch, entry, *table, hash)
                                               : write_row(batch, entry, *table, hash);
}

Verdict RowWriter::write_guarded(const Batch& batch, const Entry& entry, TableSchema& table,
                                 const RowHash* hash) {
  m_savepoint.use()->run();
  Verdict verdict = write_row(batch, entry, table, hash);
  if (!m_database.is_in_transaction()) {
    return verdict;
  }
  if (verdict != Verdict::dead && m_database.has_deferred_violations()) {
    verdict = refuse("constraint-foreignkey", "FOREIGN KEY constraint failed");
  }
  if (verdict == Verdict::dead) {
    m_undo.use()->run();
  }
  m_release.use()->run();
  return verdict;
}

Verdict RowWriter::write_row(const Batch& batch, const Entry& entry, TableSchema& table,
                             const RowHash* hash) {
  const bool is_deduplicated =
      entry.op == Op::insert && (table.fills_content_hash() || table.uses_side_hashes());
  if (is_deduplicated && hash == nullptr) {
    return refuse(missing_hash_fields(batch.tape, entry));
  }
  // With a unique index the insert itself finds out.
  if (is_deduplicated && !table.has_unique_content_hash && is_known(batch, entry, table, *hash)) {
    return Verdict::duplicate;
  }
  const RowRequest request{table, batch.tape, entry, !entry.origin.empty()};
  std::variant<RowPlan*, Fault> plan = m_plans.find(table, request);
  if (Fault* fault = std::get_if<Fault>(&plan)) {
    return refuse(std::move(*fault));
  }
  const Verdict verdict = run(*std::get<RowPlan*>(plan), batch, entry, table, hash);
  if (verdict == Verdict::applied && is_deduplicated && table.uses_side_hashes()) {
    m_side_hashes.remember(table, *hash);
  }
  return verdict;
}

Verdict RowWriter::run(RowPlan& plan, const Batch& batch, const Entry& entry, TableSchema& table,
                       const RowHash* hash) {
  m_binder.forget();
  if (!bind(plan, batch, entry, hash)) {
    return refuse(m_binder.take_fault());
  }
  const Statement::Stepped stepped = plan.statement->try_step();
  if (stepped.fault) [[unlikely]] {
    return judge_fault(*stepped.fault, entry, table, hash);
  }
  plan.statement->reset();
  if (plan.when_unchanged == RowPlan::WhenUnchanged::applied || m_database.changes() > 0) {
    return Verdict::applied;
  }
  return judge_unchanged(plan, batch, entry, table, hash);
}

bool RowWriter::bind(RowPlan& plan, const Batch& batch, const Entry& entry, const RowHash* hash) {
  Statement& statement = *plan.statement;
  std::uint32_t node = entry.data + 1;
  for (const int parameter : plan.parameters) {
    if (parameter != 0 && !m_binder.bind(statement, parameter, batch.tape.at(node))) {
      return false;
    }
    node = batch.tape.next_sibling(node);
  }
  if (plan.hash_parameter != 0) {
    statement.bind(plan.hash_parameter, hash->text());
  }
  if (plan.origin_parameter != 0) {
    statement.bind(plan.origin_parameter, entry.origin);
  }
  return true;
}

Verdict RowWriter::judge_unchanged(RowPlan& plan, const Batch& batch, const Entry& entry,
                                   TableSchema& table, const RowHash* hash) {
  if (plan.when_unchanged == RowPlan::WhenUnchanged::duplicate) {
    return Verdict::duplicate;
  }
  if (entry.op == Op::insert) {
    return has_hash(table, *hash) ? Verdict::duplicate : Verdict::applied;
  }
  // A trigger may have ignored the change, or, on a view, made it somewhere else.
  if (has_target(plan, batch, entry)) {
    return Verdict::applied;
  }
  return refuse("no-such-row", fmt::format("no row of {} matches", table.name));
}

Verdict RowWriter::judge_fault(const SqlFault& fault, const Entry& entry, TableSchema& table,
                               const RowHash* hash) {
  if (fault.is_environment()) {
    throw fault.to_error(fmt::format("write a row of {} in '{}'", table.name, m_database.path()));
  }
  // The row may also break another constraint before SQLite looks at its hash: the same row queued
  // again does. Not after a rollback, when nothing that was found would count.
  const bool may_be_known = hash != nullptr && entry.op == Op::insert &&
                            table.fills_content_hash() && is_constraint(fault) &&
                            m_database.is_in_transaction();
  if (may_be_known && has_hash(table, *hash)) {
    return Verdict::duplicate;
  }
  return refuse(to_fault(fault));
}

bool RowWriter::is_known(const Batch& batch, const Entry& entry, TableSchema& table,
                         const RowHash& hash) {
  return (table.fills_content_hash() && has_hash(table, hash)) ||
         (table.uses_side_hashes() && m_side_hashes.has(batch, entry, table, hash));
}

bool RowWriter::has_hash(TableSchema& table, const RowHash& hash) {
  if (!table.find_hash) {
    table.find_hash.emplace(
        m_database.prepare(fmt::format("SELECT 1 FROM {} WHERE {} = ?1 LIMIT 1", table.quoted,
                                       table.columns[*table.content_hash].quoted)));
  }
  const StatementUse use(*table.find_hash);
  use->bind(1, hash.text());
  return use->step();
}

bool RowWriter::has_target(RowPlan& plan, const Batch& batch, const Entry& entry) {
  if (!plan.find) {
    plan.find.emplace(m_database.prepare(plan.find_sql));
  }
  const StatementUse use(*plan.find);
  for (const std::size_t member : plan.find_members) {
    std::uint32_t node = entry.data + 1;
    for (std::size_t i = 0; i < member; ++i) {
      node = batch.tape.next_sibling(node);
    }
    if (!m_binder.bind(*use, plan.parameters[member], batch.tape.at(node))) {
      return false;
    }
  }
  return use->step();
}

} // namespace menacedb
