#include "core/db/sql_fault.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace menacedb {
namespace {

struct Meaning {
  ErrorKind kind;
  std::string_view code;
};

Meaning meaning_of_cannot_open(int system_error) {
  switch (system_error) {
  case EACCES:
  case EPERM:
  case EROFS:
    return {ErrorKind::denied, "permission"};
  case ENOENT:
    return {ErrorKind::cannot_create, "not-found"};
  default:
    return {ErrorKind::cannot_create, "cannot-open"};
  }
}

Meaning meaning_of(const SqlFault& fault) {
  switch (fault.code) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
  case SQLITE_PROTOCOL:
    return {ErrorKind::busy, "database-locked"};
  case SQLITE_FULL:
    return {ErrorKind::io, "disk-full"};
  case SQLITE_CORRUPT:
    return {ErrorKind::io, "database-corrupt"};
  case SQLITE_NOTADB:
    return {ErrorKind::io, "not-a-database"};
  case SQLITE_IOERR:
    return {ErrorKind::io, "io-error"};
  case SQLITE_NOMEM:
    return {ErrorKind::io, "out-of-memory"};
  case SQLITE_READONLY:
    return {ErrorKind::denied, "read-only"};
  case SQLITE_PERM:
  case SQLITE_AUTH:
    return {ErrorKind::denied, "permission"};
  case SQLITE_CANTOPEN:
    return meaning_of_cannot_open(fault.system_error);
  case SQLITE_INTERRUPT:
    return fault.is_stopped ? Meaning{ErrorKind::busy, "interrupted"}
                            : Meaning{ErrorKind::sql, "sql-timeout"};
  default:
    return {ErrorKind::sql, "sql"};
  }
}

std::string reason_of(const SqlFault& fault) {
  const bool tells_errno = fault.code == SQLITE_CANTOPEN || fault.code == SQLITE_IOERR;
  if (tells_errno && fault.system_error != 0) {
    return fmt::format("{}: {}", fault.message, std::strerror(fault.system_error));
  }
  if (fault.waited > Duration::zero() && meaning_of(fault).kind == ErrorKind::busy) {
    return fmt::format("{} (waited {:.1f} s)", fault.message,
                       std::chrono::duration<double>(fault.waited).count());
  }
  if (fault.code == SQLITE_INTERRUPT) {
    return fault.is_stopped ? fault.message : fault.message + ": it ran longer than it may";
  }
  return fault.message;
}

std::string hint_for(const SqlFault& fault) {
  switch (fault.code) {
  case SQLITE_NOTADB:
    return "it is another kind of file, or encrypted: give the path of a SQLite database";
  case SQLITE_CORRUPT:
    return "menacedb verify";
  default:
    return {};
  }
}

} // namespace

bool SqlFault::is_environment() const noexcept {
  if (refusal) {
    return false;
  }
  switch (code) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
  case SQLITE_PROTOCOL:
  case SQLITE_FULL:
  case SQLITE_IOERR:
  case SQLITE_NOMEM:
  case SQLITE_READONLY:
  case SQLITE_CORRUPT:
  case SQLITE_CANTOPEN:
  case SQLITE_NOTADB:
  case SQLITE_INTERRUPT:
  case SQLITE_PERM:
  case SQLITE_NOLFS:
  case SQLITE_SCHEMA: // it kept changing under us
  case SQLITE_ABORT:  // the transaction was rolled back under a running statement
  // Our own mistakes: whatever they are, no entry is buried for them.
  case SQLITE_MISUSE:
  case SQLITE_INTERNAL:
    return true;
  default:
    return false;
  }
}

bool SqlFault::is_unique_violation() const noexcept {
  return extended_code == SQLITE_CONSTRAINT_UNIQUE ||
         extended_code == SQLITE_CONSTRAINT_PRIMARYKEY || extended_code == SQLITE_CONSTRAINT_ROWID;
}

bool SqlFault::is_timeout() const noexcept {
  return code == SQLITE_INTERRUPT;
}

Error SqlFault::to_error(std::string_view action) const {
  if (refusal) {
    return *refusal;
  }
  const Meaning meaning = meaning_of(*this);
  Error error(meaning.kind, meaning.code, fmt::format("cannot {}: {}", action, reason_of(*this)));
  std::string hint = hint_for(*this);
  return hint.empty() ? error : std::move(error).with_hint(std::move(hint));
}

} // namespace menacedb
