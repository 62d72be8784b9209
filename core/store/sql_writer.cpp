#include "core/store/sql_writer.hpp"

#include "core/base/text.hpp"
#include "core/store/sql_fault_code.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace menacedb {
namespace {

constexpr std::size_t k_most_kept = 64;
constexpr int k_corrupt_virtual_table = 11 | (1 << 8); // SQLITE_CORRUPT_VTAB

// A virtual table says that of its own content, as its integrity check does: it is no damage of the
// file, and would stop the queue for ever.
bool is_of_environment(const SqlFault& fault) {
  return fault.is_environment() && !fault.is_timeout() &&
         fault.extended_code != k_corrupt_virtual_table;
}

bool is_of_environment(const Error& error) {
  switch (error.kind()) {
  case ErrorKind::busy:
  case ErrorKind::io:
  case ErrorKind::cannot_create:
  case ErrorKind::unavailable:
  case ErrorKind::internal:
    return true;
  case ErrorKind::denied:
    return error.code() == "read-only" || error.code() == "permission";
  case ErrorKind::usage:
  case ErrorKind::bad_input:
  case ErrorKind::config:
  case ErrorKind::sql:
    return false; // SQLite's, or the rules', judgement of the text
  }
  return true;
}

} // namespace

struct SqlWriter::Run {
  const Batch& batch;
  std::string_view rest; // of the text
  std::uint32_t next_param = k_no_node;
  std::uint32_t params_left = 0;
  bool has_begun = false; // an enclosing BEGIN
  bool has_ended = false; // and its COMMIT
  bool is_guarded = false;
  bool needs_guard = false;
  Duration began{};
};

SqlWriter::SqlWriter(Database& database, Clock& clock, SchemaCache& schema, RuleSwitch& rules,
                     std::function<SqlPolicy()> policy)
    : m_database(database),
      m_clock(clock),
      m_schema(schema),
      m_switch(rules),
      m_make_policy(std::move(policy)),
      m_savepoint(database, "SAVEPOINT menacedb_sql"),
      m_release(database, "RELEASE menacedb_sql"),
      m_undo(database, "ROLLBACK TO menacedb_sql") {}

bool SqlWriter::refuse(std::string_view code, std::string message) {
  m_fault = Fault{std::string(code), std::move(message)};
  return false;
}

// SQLite's own text alone: that is what the producer can do something about.
bool SqlWriter::refuse(const Error& error) {
  return refuse(error.code(), sqlite_text(error, m_database.path()));
}

void SqlWriter::make_rule() {
  if (m_rules) {
    return;
  }
  SqlPolicy policy = m_make_policy();
  m_limit = policy.limit;
  m_rules.emplace(std::move(policy.rules));
  m_rule = [this](const SqlAction& action) { return judge(action); };
}

std::optional<Error> SqlWriter::judge(const SqlAction& action) {
  switch (action.kind) {
  case SqlActionKind::transaction:
    m_transaction_word = action.name; // whether it may stand there is judged by its place
    return std::nullopt;
  case SqlActionKind::insert:
  case SqlActionKind::update:
  case SqlActionKind::remove:
    m_writes = m_writes || !action.name.starts_with("sqlite_");
    m_defines = m_defines || action.name.starts_with("sqlite_");
    break;
  default:
    break;
  }
  return (*m_rules)(action);
}

Verdict SqlWriter::write(const Batch& batch, const Entry& entry) {
  m_changed_rows = 0;
  m_defines = false;
  if (!m_make_policy) {
    static_cast<void>(refuse("sql-denied", "SQL entries are not taken by this store"));
    return Verdict::dead;
  }
  make_rule();
  m_binder.forget();
  Run run{.batch = batch, .rest = entry.sql};
  run.began = m_limit > Duration::zero() ? m_clock.monotonic() : Duration::zero();
  if (entry.params != k_no_node) {
    run.next_param = entry.params + 1;
    run.params_left = batch.tape.at(entry.params).child_count;
  }
  SqlHazards hazards;
  find_hazards(hazards, entry.sql);
  run.needs_guard = hazards.needs_savepoints() || m_schema.hazards().needs_savepoints();
  return finish(run, run_all(run));
}

bool SqlWriter::run_all(Run& run) {
  if (run.rest.find('\0') != std::string_view::npos) {
    return refuse("sql", "the text has a NUL byte");
  }
  const std::string_view text = run.rest;
  do {
    if (!run_next(run)) {
      return false;
    }
  } while (!run.rest.empty());
  if (run.has_begun && !run.has_ended) {
    return refuse("sql-denied", "BEGIN without COMMIT");
  }
  if (run.params_left > 0) {
    return refuse("sql-params",
                  fmt::format("{} more parameters than the statements take", run.params_left));
  }
  return !trim(text).empty() || refuse("sql-empty", "the SQL is empty");
}

// The next statement of the text.
bool SqlWriter::run_next(Run& run) {
  const RuleSwitch::Turn turn(m_switch, &m_rule);
  m_writes = false;
  m_transaction_word.clear();
  std::optional<Statement> statement;
  const bool is_kept = run.next_param != k_no_node && !run.has_begun;
  const auto kept = is_kept ? m_kept.find(run.rest) : m_kept.end();
  if (kept != m_kept.end()) {
    run.rest = {};
    m_writes = kept->second.writes;
    return bind(run, kept->second.statement) && step_to_end(run, kept->second.statement);
  }
  const std::string_view whole = run.rest;
  try {
    statement = m_database.prepare_first(run.rest);
  } catch (const Error& error) {
    if (is_of_environment(error)) {
      throw;
    }
    return refuse(error);
  }
  if (!statement) {
    return true; // blanks and comments
  }
  if (run.has_ended) {
    return refuse("sql-denied", "a statement follows COMMIT");
  }
  if (!m_transaction_word.empty()) {
    return accept_transaction_word(run);
  }
  if (!run.is_guarded && (run.needs_guard || !run.rest.empty() || run.has_begun) && !guard(run)) {
    return false;
  }
  if (!bind(run, *statement) || !step_to_end(run, *statement)) {
    return false;
  }
  if (is_kept && run.rest.empty() && !run.is_guarded && m_kept.size() < k_most_kept) {
    m_kept.emplace(std::string(whole), Kept{std::move(*statement), m_writes});
  }
  return true;
}

bool SqlWriter::accept_transaction_word(Run& run) {
  const bool is_begin = equals_ignoring_case(m_transaction_word, "BEGIN");
  const bool is_first = !run.has_begun && !run.is_guarded && m_changed_rows == 0;
  if (is_begin && is_first) {
    run.has_begun = true;
    return true;
  }
  if (equals_ignoring_case(m_transaction_word, "COMMIT") && run.has_begun) {
    run.has_ended = true;
    return true;
  }
  return refuse("sql-denied",
                fmt::format("{} is not allowed here: an entry is one transaction anyway",
                            m_transaction_word));
}

bool SqlWriter::guard(Run& run) {
  const RuleSwitch::Turn none(m_switch, nullptr); // it is our own statement
  m_savepoint.use()->run();
  run.is_guarded = true;
  return true;
}

bool SqlWriter::bind(Run& run, Statement& statement) {
  const auto count = static_cast<std::uint32_t>(statement.parameter_count());
  if (count > run.params_left) {
    return refuse("sql-params", fmt::format("the statement takes {} parameters, {} are given",
                                            count, run.params_left));
  }
  for (std::uint32_t i = 1; i <= count; ++i) {
    if (!m_binder.bind(statement, static_cast<int>(i), run.batch.tape.at(run.next_param))) {
      m_fault = m_binder.take_fault();
      return false;
    }
    run.next_param = run.batch.tape.next_sibling(run.next_param);
  }
  run.params_left -= count;
  return true;
}

bool SqlWriter::step_to_end(Run& run, Statement& statement) {
  if (m_limit > Duration::zero()) {
    const Duration left = m_limit - (m_clock.monotonic() - run.began);
    m_database.set_statement_limit(std::max(left, Duration(1)));
  }
  Statement::Stepped stepped;
  do {
    stepped = statement.try_step();
  } while (stepped.has_row);
  if (stepped.fault) {
    if (is_of_environment(*stepped.fault)) {
      throw stepped.fault->to_error(fmt::format("run an entry's SQL in '{}'", m_database.path()));
    }
    if (stepped.fault->refusal) {
      return refuse(*stepped.fault->refusal);
    }
    return stepped.fault->is_timeout()
               ? refuse("sql-timeout",
                        fmt::format("interrupted: it ran longer than {}", format_duration(m_limit)))
               : (m_fault = to_fault(*stepped.fault), false);
  }
  statement.reset();
  if (m_writes) {
    m_changed_rows += m_database.changes();
  }
  return true;
}

Verdict SqlWriter::finish(Run& run, bool is_done) {
  if (m_limit > Duration::zero()) {
    m_database.set_statement_limit(Duration::zero());
  }
  if (!m_database.is_in_transaction()) {
    return Verdict::dead; // SQLite ended it, and the entry with it
  }
  if (is_done && m_schema.hazards().defers_foreign_keys && m_database.has_deferred_violations()) {
    is_done = refuse("constraint-foreignkey", "FOREIGN KEY constraint failed");
  }
  if (run.is_guarded) {
    if (!is_done) {
      m_undo.use()->run();
    }
    m_release.use()->run();
  }
  return is_done ? Verdict::applied : Verdict::dead;
}

} // namespace menacedb
