#pragma once

#include "core/db/database.hpp"

namespace menacedb {

// BEGIN IMMEDIATE … commit(); anything else rolls back on unwinding. Beginning waits by the
// database's busy handler and throws busy, code "database-locked", after it.
class Transaction {
public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // A commit that throws may have committed all the same: look before trying again.
  void commit();
  void rollback() noexcept;

private:
  Database& m_database;
  bool m_is_open = true;
};

// Reads of the database as it is at one moment, from construction to destruction; in WAL mode
// nobody is held up by it, but the WAL cannot be reset under it.
class ReadTransaction {
public:
  explicit ReadTransaction(Database& database);
  ~ReadTransaction();
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

private:
  Database& m_database;
};

} // namespace menacedb
