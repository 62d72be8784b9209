#pragma once

#include "core/base/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3_stmt;
struct sqlite3;

namespace menacedb {

// Why SQLite refused a step, as data: used where a refused row is an answer, not an accident.
struct SqlFault {
  int code = 0;          // primary result code
  int extended_code = 0; // extended result code
  std::string message;   // SQLite's text

  // The environment's fault, never the entry's (BUSY, LOCKED, FULL, IOERR, NOMEM, READONLY,
  // CORRUPT, CANTOPEN, NOTADB, INTERRUPT, PERM, PROTOCOL …).
  [[nodiscard]] bool is_environment() const noexcept;
  [[nodiscard]] bool is_unique_violation() const noexcept; // UNIQUE, PRIMARY KEY, ROWID
  // As an Error: busy, io (with "disk-full"), denied or sql.
  [[nodiscard]] Error to_error(std::string_view action) const;
};

// A prepared statement. Texts and blobs given to bind_* must live until the next reset().
// Move-only; must not outlive its Database.
class Statement {
public:
  Statement(sqlite3* database, std::string_view sql); // throws Error, kind sql
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  // Parameters are numbered from 1.
  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, double value);
  Statement& bind(int index, std::string_view text);
  Statement& bind_blob(int index, std::string_view bytes);
  Statement& bind_null(int index);

  // True: a row is there. False: done. Throws otherwise.
  bool step();
  // The same with the refusal as a value; the statement is reset on a fault.
  struct Stepped {
    bool has_row = false;
    std::optional<SqlFault> fault;
  };
  [[nodiscard]] Stepped try_step();
  // Steps to the end and resets; for statements without results.
  void run();
  void reset() noexcept; // bindings are kept

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string_view text(int column) const; // valid until the next step or reset
  [[nodiscard]] std::string_view blob(int column) const;
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] int column_count() const;
  [[nodiscard]] std::string_view column_name(int column) const;

private:
  sqlite3_stmt* m_statement = nullptr;
};

// "name" with quotes, for names that were found in the schema (invariant 8).
[[nodiscard]] std::string quote_identifier(std::string_view name);

} // namespace menacedb
