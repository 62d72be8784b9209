#include "core/store/row_guard.hpp"

#include "core/base/text.hpp"
#include "core/store/sql_fault_code.hpp"

#include <fmt/format.h>

#include <utility>

namespace menacedb {
namespace {

// Triggers may do all that the rule lets them: who wrote them may change the schema.
SqlRulesOptions rules_of(RowRule rule) {
  SqlRulesOptions options;
  options.ddl = true;
  options.table = std::move(rule);
  return options;
}

// The entry does not name the table, so its dead letter has to say how it got there.
std::string way_to(const SqlAction& action) {
  return action.source.empty() ? "through a foreign key"
                               : fmt::format("through '{}'", action.source);
}

} // namespace

RowGuard::RowGuard(Database& database, RuleSwitch& rules, RowRule rule)
    : m_database(database), m_switch(rules), m_rules(rules_of(rule)) {
  if (rule) {
    m_rule = [this](const SqlAction& action) { return judge(action); };
  }
}

std::optional<Error> RowGuard::judge(const SqlAction& action) {
  std::optional<Error> error = m_rules(action);
  if (error && !m_refusal) {
    m_refusal =
        Fault{error->code(), fmt::format("{}, reached {}", error->message(), way_to(action))};
  }
  return error;
}

std::variant<Statement, Fault> RowGuard::prepare(const std::string& sql) {
  m_refusal.reset();
  const RuleSwitch::Turn turn(m_switch, m_rule ? &m_rule : nullptr);
  try {
    return m_database.prepare(sql);
  } catch (const Error& error) {
    if (m_refusal) {
      return std::move(*m_refusal);
    }
    // A view without trigger, a conflict target without index: the row's fault, not ours.
    if (error.kind() != ErrorKind::sql) {
      throw;
    }
    return Fault{"sql", sqlite_text(error, m_database.path())};
  }
}

} // namespace menacedb
