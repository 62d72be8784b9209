#pragma once

#include "core/base/error.hpp"
#include "core/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// Why SQLite refused a step, as data: used where a refused row is an answer, not an accident.
struct SqlFault {
  int code = 0;            // primary result code
  int extended_code = 0;   // extended result code
  std::string message;     // SQLite's text
  int system_error = 0;    // errno of the failed open or I/O, as far as SQLite knows it
  Duration waited{};       // how long the busy handler waited in vain
  bool is_stopped = false; // ended by the stop flag
  // The rule of Database::set_rule refused it, for this reason.
  std::optional<Error> refusal{};

  // The environment's fault, never the entry's (BUSY, LOCKED, FULL, IOERR, NOMEM, READONLY,
  // CORRUPT, CANTOPEN, NOTADB, INTERRUPT, PERM, PROTOCOL …).
  [[nodiscard]] bool is_environment() const noexcept;
  [[nodiscard]] bool is_unique_violation() const noexcept; // UNIQUE, PRIMARY KEY, ROWID
  // The statement ran into Database::set_statement_limit, or was stopped.
  [[nodiscard]] bool is_timeout() const noexcept;
  // The refusal of the rule, else "cannot <action>: <SQLite's text>"; busy, io, denied,
  // cannot_create or sql. Codes: "database-locked" (with the wait), "disk-full", "io-error",
  // "database-corrupt", "not-a-database", "read-only", "permission", "cannot-open", "not-found",
  // "out-of-memory", "sql-timeout", "interrupted", "sql".
  [[nodiscard]] Error to_error(std::string_view action) const;
};

} // namespace menacedb
