#include "core/db/statement.hpp"

#include "core/db/connection.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

namespace menacedb {
namespace {

// Nullptr when the text holds blanks and comments only.
sqlite3_stmt* prepare_first(const Connection& connection, std::string_view sql, const char** tail) {
  if (sql.size() > 0x7fffffff) {
    throw Error(ErrorKind::sql, "sql",
                fmt::format("cannot {}: it is longer than SQLite takes",
                            connection.phrase("prepare statement on")));
  }
  sqlite3_stmt* statement = nullptr;
  const int result =
      sqlite3_prepare_v3(connection.handle(), sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, tail);
  if (result != SQLITE_OK) {
    throw connection.error("prepare statement on");
  }
  return statement;
}

bool holds_statement(const Connection& connection, std::string_view sql) {
  if (sql.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return false;
  }
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v2(connection.handle(), sql.data(),
                                        static_cast<int>(sql.size()), &statement, nullptr);
  sqlite3_finalize(statement);
  return result != SQLITE_OK || statement != nullptr;
}

Error cannot_prepare(const Connection& connection, std::string_view reason) {
  return {ErrorKind::sql, "sql",
          fmt::format("cannot {}: {}", connection.phrase("prepare statement on"), reason)};
}

// SQLite would silently stop reading there.
void refuse_nul(const Connection& connection, std::string_view sql) {
  if (sql.find('\0') != std::string_view::npos) {
    throw cannot_prepare(connection, "the text has a NUL byte");
  }
}

} // namespace

Statement::Statement(Connection& connection, std::string_view sql) : m_connection(&connection) {
  refuse_nul(connection, sql);
  connection.begin_prepare();
  const char* tail = nullptr;
  m_statement = prepare_first(connection, sql, &tail);
  if (m_statement == nullptr) {
    throw cannot_prepare(connection, "the text holds no statement");
  }
  if (holds_statement(connection, sql.substr(static_cast<std::size_t>(tail - sql.data())))) {
    sqlite3_finalize(std::exchange(m_statement, nullptr));
    throw cannot_prepare(connection, "text follows the first statement");
  }
}

std::optional<Statement> Statement::take_first(Connection& connection, std::string_view& sql) {
  refuse_nul(connection, sql);
  while (sql.find_first_not_of(" \t\r\n") != std::string_view::npos) {
    connection.begin_prepare();
    const char* tail = nullptr;
    sqlite3_stmt* const statement = prepare_first(connection, sql, &tail);
    sql.remove_prefix(static_cast<std::size_t>(tail - sql.data()));
    if (statement != nullptr) { // it is null for comments and lone semicolons
      return Statement(connection, statement);
    }
  }
  return std::nullopt;
}

Statement::Statement(Statement&& other) noexcept
    : m_connection(other.m_connection), m_statement(std::exchange(other.m_statement, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  if (this != &other) {
    sqlite3_finalize(m_statement);
    m_connection = other.m_connection;
    m_statement = std::exchange(other.m_statement, nullptr);
  }
  return *this;
}

Statement::~Statement() {
  sqlite3_finalize(m_statement);
}

void Statement::check_bound(int result) const {
  if (result != SQLITE_OK) [[unlikely]] {
    throw m_connection->error("bind value on");
  }
}

Statement& Statement::bind(int index, std::int64_t value) {
  check_bound(sqlite3_bind_int64(m_statement, index, value));
  return *this;
}

Statement& Statement::bind(int index, double value) {
  check_bound(sqlite3_bind_double(m_statement, index, value));
  return *this;
}

// A null pointer would bind NULL instead of an empty value. The null destructor is SQLITE_STATIC:
// nothing is copied.
Statement& Statement::bind(int index, std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();
  check_bound(sqlite3_bind_text64(m_statement, index, data, text.size(), nullptr, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_blob(int index, std::string_view bytes) {
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  check_bound(sqlite3_bind_blob64(m_statement, index, data, bytes.size(), nullptr));
  return *this;
}

Statement& Statement::bind_null(int index) {
  check_bound(sqlite3_bind_null(m_statement, index));
  return *this;
}

SqlFault Statement::take_fault() {
  SqlFault fault = m_connection->fault(); // before the reset, which may change the message
  sqlite3_reset(m_statement);
  return fault;
}

bool Statement::step() {
  m_connection->begin_step(m_statement);
  const int result = sqlite3_step(m_statement);
  if (result == SQLITE_ROW || result == SQLITE_DONE) [[likely]] {
    return result == SQLITE_ROW;
  }
  throw m_connection->error_of(take_fault(), m_connection->phrase("run statement on"));
}

Statement::Stepped Statement::try_step() {
  m_connection->begin_step(m_statement);
  const int result = sqlite3_step(m_statement);
  if (result == SQLITE_ROW || result == SQLITE_DONE) [[likely]] {
    return {.has_row = result == SQLITE_ROW, .fault = std::nullopt};
  }
  return {.has_row = false, .fault = take_fault()};
}

void Statement::run() {
  while (step()) {
  }
  reset();
}

void Statement::reset() noexcept {
  sqlite3_reset(m_statement);
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(m_statement, column);
}

double Statement::real(int column) const {
  return sqlite3_column_double(m_statement, column);
}

// The pointer first: column_text may convert, and only then the size is that of the text.
std::string_view Statement::text(int column) const {
  const void* data = sqlite3_column_text(m_statement, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(m_statement, column));
  return data == nullptr ? std::string_view()
                         : std::string_view(static_cast<const char*>(data), size);
}

std::string_view Statement::blob(int column) const {
  const void* data = sqlite3_column_blob(m_statement, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(m_statement, column));
  return data == nullptr ? std::string_view()
                         : std::string_view(static_cast<const char*>(data), size);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(m_statement, column) == SQLITE_NULL;
}

SqlType Statement::type(int column) const {
  switch (sqlite3_column_type(m_statement, column)) {
  case SQLITE_INTEGER:
    return SqlType::integer;
  case SQLITE_FLOAT:
    return SqlType::real;
  case SQLITE_TEXT:
    return SqlType::text;
  case SQLITE_BLOB:
    return SqlType::blob;
  default:
    return SqlType::null;
  }
}

int Statement::parameter_count() const {
  return sqlite3_bind_parameter_count(m_statement);
}

bool Statement::is_read_only() const {
  return sqlite3_stmt_readonly(m_statement) != 0;
}

int Statement::column_count() const {
  return sqlite3_column_count(m_statement);
}

std::string_view Statement::column_name(int column) const {
  const char* name = sqlite3_column_name(m_statement, column);
  return name == nullptr ? std::string_view() : std::string_view(name);
}

std::string quote_identifier(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    quoted.append(c == '"' ? 2 : 1, c);
  }
  return quoted += '"';
}

} // namespace menacedb
