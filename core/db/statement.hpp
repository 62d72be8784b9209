#pragma once

#include "core/base/error.hpp"
#include "core/db/sql_fault.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3_stmt;

namespace menacedb {

class Connection;

enum class SqlType { null, integer, real, text, blob };

// A prepared statement. Texts and blobs given to bind*() must live until they are bound anew or the
// statement is gone; bind only after a reset() (or run(), or a fault, which reset by themselves).
// Move-only; must not outlive its Database.
class Statement {
public:
  // Exactly one statement; anything after it but blanks and comments is an Error, kind sql.
  Statement(Connection& connection, std::string_view sql);
  // The first statement of a text of several, of which it is taken away with the blanks and
  // comments around it; none when there is no more.
  [[nodiscard]] static std::optional<Statement> take_first(Connection& connection,
                                                           std::string_view& sql);
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  // Parameters are numbered from 1.
  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, double value);
  Statement& bind(int index, std::string_view text);
  Statement& bind_blob(int index, std::string_view bytes);
  Statement& bind_null(int index);

  // True: a row is there. False: done. Throws otherwise, reset.
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
  [[nodiscard]] SqlType type(int column) const; // of the value at hand
  [[nodiscard]] int column_count() const;
  [[nodiscard]] std::string_view column_name(int column) const;
  [[nodiscard]] int parameter_count() const; // the largest number
  [[nodiscard]] bool is_read_only() const;   // it changes no database

private:
  Statement(Connection& connection, sqlite3_stmt* statement) noexcept
      : m_connection(&connection), m_statement(statement) {}
  [[nodiscard]] SqlFault take_fault(); // and reset
  void check_bound(int result) const;

  Connection* m_connection; // of the Database, whose address does not change
  sqlite3_stmt* m_statement = nullptr;
};

// "name" with quotes, for names that were found in the schema (invariant 8).
[[nodiscard]] std::string quote_identifier(std::string_view name);

} // namespace menacedb
