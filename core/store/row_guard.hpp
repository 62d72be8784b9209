#pragma once

#include "core/db/database.hpp"
#include "core/model/entry.hpp"
#include "core/store/rule_switch.hpp"
#include "core/store/sql_rules.hpp"

#include <functional>
#include <optional>
#include <string>
#include <variant>

namespace menacedb {

// Whether the row of an entry may reach a table so. It is asked about the entry's own table as
// well, which whoever routed the entry has judged before: that use, and those of foreign keys, have
// no source.
using RowRule = std::function<std::optional<Error>(const TableUse&)>;

// Prepares the statements that write rows, and has a rule judge what they reach through triggers,
// views and foreign keys. The schema decides that, so a statement that was allowed once may run as
// often as it likes until the schema changes. Other statements of the connection are not judged.
// Outlived by its database; not thread-safe.
class RowGuard {
public:
  RowGuard(Database& database, RuleSwitch& rules, RowRule rule); // no rule: all is allowed
  RowGuard(const RowGuard&) = delete;
  RowGuard& operator=(const RowGuard&) = delete;

  // A fault when the schema or the rule refuses the statement; what the environment does throws.
  [[nodiscard]] std::variant<Statement, Fault> prepare(const std::string& sql);

private:
  [[nodiscard]] std::optional<Error> judge(const SqlAction& action);

  Database& m_database;
  RuleSwitch& m_switch;
  SqlRules m_rules;
  SqlRule m_rule;                 // empty: none
  std::optional<Fault> m_refusal; // of the statement that is being prepared
};

} // namespace menacedb
