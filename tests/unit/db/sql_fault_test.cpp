#include "core/db/sql_fault.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <array>
#include <cerrno>

using namespace menacedb;

namespace {

SqlFault fault_of(int extended_code) {
  SqlFault fault;
  fault.code = extended_code & 0xff;
  fault.extended_code = extended_code;
  fault.message = "text";
  return fault;
}

} // namespace

TEST_CASE("faults of the environment are told from those of an entry") {
  struct Row {
    int code;
    bool is_environment;
  };
  const auto rows = std::to_array<Row>({
      {SQLITE_BUSY, true},
      {SQLITE_BUSY_SNAPSHOT, true},
      {SQLITE_LOCKED, true},
      {SQLITE_FULL, true},
      {SQLITE_IOERR_WRITE, true},
      {SQLITE_IOERR_FSYNC, true},
      {SQLITE_NOMEM, true},
      {SQLITE_READONLY_DBMOVED, true},
      {SQLITE_CORRUPT, true},
      {SQLITE_CANTOPEN, true},
      {SQLITE_NOTADB, true},
      {SQLITE_INTERRUPT, true},
      {SQLITE_PERM, true},
      {SQLITE_PROTOCOL, true},
      {SQLITE_NOLFS, true},
      {SQLITE_SCHEMA, true},
      {SQLITE_ABORT_ROLLBACK, true},
      {SQLITE_MISUSE, true},
      {SQLITE_INTERNAL, true},
      {SQLITE_ERROR, false},
      {SQLITE_CONSTRAINT_UNIQUE, false},
      {SQLITE_CONSTRAINT_FOREIGNKEY, false},
      {SQLITE_CONSTRAINT_TRIGGER, false},
      {SQLITE_MISMATCH, false},
      {SQLITE_TOOBIG, false},
      {SQLITE_AUTH, false},
      {SQLITE_RANGE, false},
  });
  for (const Row& row : rows) {
    CHECK_MESSAGE(fault_of(row.code).is_environment() == row.is_environment,
                  sqlite3_errstr(row.code));
  }
}

TEST_CASE("unique violations are the three kinds of key") {
  CHECK(fault_of(SQLITE_CONSTRAINT_UNIQUE).is_unique_violation());
  CHECK(fault_of(SQLITE_CONSTRAINT_PRIMARYKEY).is_unique_violation());
  CHECK(fault_of(SQLITE_CONSTRAINT_ROWID).is_unique_violation());
  CHECK_FALSE(fault_of(SQLITE_CONSTRAINT_NOTNULL).is_unique_violation());
  CHECK_FALSE(fault_of(SQLITE_CONSTRAINT).is_unique_violation());
  CHECK_FALSE(fault_of(SQLITE_ERROR).is_unique_violation());
}

TEST_CASE("each fault becomes an error with its kind and code") {
  struct Row {
    int code;
    ErrorKind kind;
    std::string_view name;
  };
  const auto rows = std::to_array<Row>({
      {SQLITE_BUSY_RECOVERY, ErrorKind::busy, "database-locked"},
      {SQLITE_LOCKED_SHAREDCACHE, ErrorKind::busy, "database-locked"},
      {SQLITE_FULL, ErrorKind::io, "disk-full"},
      {SQLITE_IOERR_READ, ErrorKind::io, "io-error"},
      {SQLITE_CORRUPT_INDEX, ErrorKind::io, "database-corrupt"},
      {SQLITE_NOTADB, ErrorKind::io, "not-a-database"},
      {SQLITE_NOMEM, ErrorKind::io, "out-of-memory"},
      {SQLITE_READONLY, ErrorKind::denied, "read-only"},
      {SQLITE_PERM, ErrorKind::denied, "permission"},
      {SQLITE_AUTH, ErrorKind::denied, "permission"},
      {SQLITE_CANTOPEN, ErrorKind::cannot_create, "cannot-open"},
      {SQLITE_INTERRUPT, ErrorKind::sql, "sql-timeout"},
      {SQLITE_ERROR, ErrorKind::sql, "sql"},
      {SQLITE_CONSTRAINT_CHECK, ErrorKind::sql, "sql"},
  });
  for (const Row& row : rows) {
    const Error error = fault_of(row.code).to_error("write 'x.db'");
    CHECK_MESSAGE(error.kind() == row.kind, sqlite3_errstr(row.code));
    CHECK(error.code() == row.name);
    CHECK(error.message().starts_with("cannot write 'x.db': text"));
  }
}

TEST_CASE("the message tells the wait of a busy fault and the errno of a failed open") {
  SqlFault busy = fault_of(SQLITE_BUSY);
  CHECK(busy.to_error("write").message() == "cannot write: text");
  busy.waited = std::chrono::milliseconds(1500);
  CHECK(busy.to_error("write").message() == "cannot write: text (waited 1.5 s)");
  SqlFault closed = fault_of(SQLITE_CANTOPEN);
  closed.system_error = EMFILE;
  CHECK(closed.to_error("open").message() == "cannot open: text: Too many open files");
  closed.system_error = EACCES;
  CHECK(closed.to_error("open").kind() == ErrorKind::denied);
}
