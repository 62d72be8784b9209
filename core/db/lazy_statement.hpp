#pragma once

#include "core/db/database.hpp"

#include <optional>
#include <string_view>

namespace menacedb {

// A prepared statement in use; reset at the end of the scope, because a reading statement that is
// not reset keeps its snapshot, and with it the whole WAL.
class StatementUse {
public:
  explicit StatementUse(Statement& statement) noexcept : m_statement(statement) {}
  ~StatementUse() { m_statement.reset(); }
  StatementUse(const StatementUse&) = delete;
  StatementUse& operator=(const StatementUse&) = delete;

  Statement* operator->() const noexcept { return &m_statement; }
  Statement& operator*() const noexcept { return m_statement; }

private:
  Statement& m_statement;
};

// A statement that is prepared when it is first used and kept. `sql` must be a literal.
class LazyStatement {
public:
  LazyStatement(Database& database, std::string_view sql) : m_database(&database), m_sql(sql) {}

  [[nodiscard]] StatementUse use() {
    if (!m_statement) {
      m_statement.emplace(m_database->prepare(m_sql));
    }
    return StatementUse(*m_statement);
  }

private:
  Database* m_database;
  std::string_view m_sql;
  std::optional<Statement> m_statement;
};

} // namespace menacedb
