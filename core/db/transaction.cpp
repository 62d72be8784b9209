#include "core/db/transaction.hpp"

#include <sqlite3.h>

namespace menacedb {

Transaction::Transaction(Database& database) : m_database(database) {
  m_database.execute("BEGIN IMMEDIATE", "begin transaction on");
}

Transaction::~Transaction() {
  rollback();
}

void Transaction::commit() {
  m_database.execute("COMMIT", "commit transaction on");
  m_is_open = false;
}

// SQLite may have rolled back already, after a full disk or an ON CONFLICT ROLLBACK; another
// ROLLBACK would be an error then.
void Transaction::rollback() noexcept {
  if (m_is_open && m_database.is_in_transaction()) {
    sqlite3_exec(m_database.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  m_is_open = false;
}

ReadTransaction::ReadTransaction(Database& database) : m_database(database) {
  m_database.execute("BEGIN", "begin reading");
  try {
    // Takes the lock, which BEGIN alone does not.
    static_cast<void>(m_database.query_integer("PRAGMA schema_version"));
  } catch (...) {
    sqlite3_exec(m_database.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

ReadTransaction::~ReadTransaction() {
  sqlite3_exec(m_database.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

} // namespace menacedb
