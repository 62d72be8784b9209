#pragma once

#include "core/db/database.hpp"
#include "core/db/lazy_statement.hpp"
#include "core/model/batch.hpp"
#include "core/os/clock.hpp"
#include "core/store/rule_switch.hpp"
#include "core/store/sql_policy.hpp"
#include "core/store/table_schema.hpp"
#include "core/store/value_binder.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// Runs the statements of one entry inside the caller's transaction, all or none, under the rules of
// the store. A refusal is an answer (dead) and leaves nothing behind, except when SQLite has ended
// the whole transaction: see Database::is_in_transaction(). What the environment does throws. An
// enclosing BEGIN … COMMIT counts as none; other transaction statements are refused. Not
// thread-safe.
class SqlWriter {
public:
  SqlWriter(Database& database, Clock& clock, SchemaCache& schema, RuleSwitch& rules,
            std::function<SqlPolicy()> policy);

  [[nodiscard]] Verdict write(const Batch& batch, const Entry& entry); // applied or dead
  // Why the last entry is dead.
  [[nodiscard]] Fault take_fault() noexcept { return std::move(m_fault); }
  [[nodiscard]] std::int64_t changed_rows() const noexcept { return m_changed_rows; }
  // Whether the last entry may have changed the schema.
  [[nodiscard]] bool has_defined() const noexcept { return m_defines; }

private:
  struct Run; // one entry

  void make_rule();
  [[nodiscard]] std::optional<Error> judge(const SqlAction& action);
  [[nodiscard]] bool run_all(Run& run);
  [[nodiscard]] bool run_next(Run& run);
  [[nodiscard]] bool accept_transaction_word(Run& run);
  [[nodiscard]] bool bind(Run& run, Statement& statement);
  [[nodiscard]] bool step_to_end(Run& run, Statement& statement);
  [[nodiscard]] bool guard(Run& run);
  [[nodiscard]] Verdict finish(Run& run, bool is_done);
  [[nodiscard]] bool refuse(std::string_view code, std::string message);
  [[nodiscard]] bool refuse(const Error& error);

  Database& m_database;
  Clock& m_clock;
  SchemaCache& m_schema;
  RuleSwitch& m_switch;
  std::function<SqlPolicy()> m_make_policy;
  std::optional<SqlRules> m_rules;
  SqlRule m_rule; // notes, and asks them
  Duration m_limit{};
  // What the rule sees of the statement that is being prepared.
  bool m_writes = false;
  bool m_defines = false;
  std::string m_transaction_word;

  ValueBinder m_binder;
  Fault m_fault;
  std::int64_t m_changed_rows = 0;
  // Statements with parameters, by their text: they come again and again.
  struct Kept {
    Statement statement;
    bool writes = false;
  };
  std::map<std::string, Kept, std::less<>> m_kept;
  LazyStatement m_savepoint;
  LazyStatement m_release;
  LazyStatement m_undo;
};

} // namespace menacedb
