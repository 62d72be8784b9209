#include "core/db/database.hpp"

#include "core/db/connection.hpp"
#include "core/db/file_header.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <unistd.h>
#include <utility>

namespace menacedb {
namespace {

namespace stdfs = std::filesystem;

void make_folder_of(const std::string& real_path, const std::string& path) {
  std::error_code failure;
  stdfs::create_directories(stdfs::path(real_path).parent_path(), failure);
  if (failure) {
    throw Error(ErrorKind::cannot_create, "cannot-create",
                fmt::format("cannot create the folder of '{}': {}", path, failure.message()));
  }
}

int open_flags(const DatabaseOptions& options) {
  const int common = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (options.read_only) {
    return common | SQLITE_OPEN_READONLY;
  }
  return common | SQLITE_OPEN_READWRITE | (options.create ? SQLITE_OPEN_CREATE : 0);
}

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

bool leaves_traces(const std::string& real_path) {
  return !(exists(real_path + "-shm") && exists(real_path + "-wal")) && is_wal_file(real_path);
}

bool is_closed_wal(const std::string& real_path) {
  return !exists(real_path + "-shm") && !exists(real_path + "-wal") && is_wal_file(real_path);
}

// Whether a file is read as it stands, because nobody has it open, or together with those who have.
// Who opens or closes it makes or removes the other two files one after the other: for a moment it
// looks as if it had been left like that.
bool reads_snapshot(const std::string& path, const std::string& real_path,
                    const DatabaseOptions& options, Clock& clock) {
  constexpr int k_looks = 20;
  for (int look = 0; leaves_traces(real_path); ++look) {
    if (options.accepts_snapshot && is_closed_wal(real_path)) {
      return true;
    }
    if (!options.accepts_snapshot || look == k_looks) {
      throw Error(ErrorKind::unavailable, "wal-closed",
                  fmt::format("cannot open '{}' read-only: no program has it open, and reading it "
                              "would leave -wal and -shm files behind",
                              path));
    }
    clock.sleep(std::chrono::milliseconds(1));
  }
  return false;
}

} // namespace

Database::Database(const std::string& path, const DatabaseOptions& options, Clock& clock,
                   const StopFlag& stop)
    : m_connection(std::make_unique<Connection>(path, real_database_path(path), clock, stop,
                                                options.busy_timeout)) {
  const std::string& real_path = m_connection->real_path();
  if (options.read_only && reads_snapshot(path, real_path, options, clock)) {
    m_connection->open_snapshot();
    configure(options);
    return;
  }
  if (!options.read_only && options.create) {
    make_folder_of(real_path, path);
  }
  if (options.read_only && options.leaves_shm_alone) {
    m_connection->open_beside();
  } else {
    m_connection->open(open_flags(options));
  }
  configure(options);
}

Database::Database(std::unique_ptr<Connection> connection) : m_connection(std::move(connection)) {}
Database::~Database() = default;
Database::Database(Database&&) noexcept = default;

// Memberwise assignment would close the old connection before its statements.
Database& Database::operator=(Database&& other) noexcept {
  if (this != &other) {
    m_data_version = std::exchange(other.m_data_version, std::nullopt);
    m_schema_version = std::exchange(other.m_schema_version, std::nullopt);
    m_connection = std::move(other.m_connection);
  }
  return *this;
}

bool Database::can_open_without_traces(const std::string& path) {
  return !leaves_traces(real_database_path(path));
}

bool Database::is_closed_wal_database(const std::string& path) {
  return is_closed_wal(real_database_path(path));
}

// What needs no lock first; the first PRAGMA that reads the file tells whether it is a database.
void Database::configure(const DatabaseOptions& options) {
  configure_connection(options);
  configure_schema(path(), "main", options);
}

void Database::configure_connection(const DatabaseOptions& options) {
  sqlite3* db = handle();
  sqlite3_wal_autocheckpoint(db, 0);
  sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, options.foreign_keys ? 1 : 0, nullptr);
  execute("PRAGMA temp_store = memory", "open");
}

void Database::configure_schema(const std::string& path, const std::string& schema,
                                const DatabaseOptions& options) {
  if (!options.read_only && sqlite3_db_readonly(handle(), schema.c_str()) == 1) {
    throw Error(ErrorKind::denied, "read-only",
                fmt::format("cannot open '{}' for writing: it is read-only", path))
        .with_hint(m_connection->rights_hint());
  }
  const std::string name = quote_identifier(schema);
  execute(fmt::format("PRAGMA {}.cache_size = -{}", name,
                      std::max<Bytes>(options.cache_size / 1024, 1)),
          "open");
  if (!options.read_only && !options.is_rehearsal && !options.keeps_journal_mode) {
    enter_wal_mode(path, name);
  }
  if (!options.read_only) {
    execute(fmt::format("PRAGMA {}.synchronous = {}", name, options.full_sync ? "FULL" : "NORMAL"),
            "configure");
  }
}

// Two processes that switch a new file at the same moment stand in each other's way, and SQLite
// then answers busy without calling the busy handler: so the wait is here.
void Database::enter_wal_mode(const std::string& path, const std::string& schema) {
  const std::string ask = fmt::format("PRAGMA {}.journal_mode", schema);
  for (int attempt = 0; query_text(ask) != "wal"; ++attempt) {
    Statement statement = prepare(ask + " = WAL");
    const Statement::Stepped stepped = statement.try_step();
    if (stepped.fault) {
      if (stepped.fault->code != SQLITE_BUSY || !m_connection->wait().again(attempt)) {
        throw m_connection->error_of(*stepped.fault, fmt::format("switch to WAL mode '{}'", path));
      }
    } else if (statement.text(0) != "wal") {
      throw Error(ErrorKind::io, "no-wal",
                  fmt::format("cannot switch to WAL mode '{}': it stays in mode '{}'", path,
                              statement.text(0)));
    }
  }
}

Database Database::in_memory(const DatabaseOptions& options, Clock& clock, const StopFlag& stop) {
  auto connection = std::make_unique<Connection>("", "", clock, stop, options.busy_timeout);
  connection->open_in_memory();
  Database database(std::move(connection));
  database.configure_connection(options);
  return database;
}

void Database::take_text_encoding(const std::string& path) {
  if (const std::string_view encoding = text_encoding(real_database_path(path));
      !encoding.empty()) {
    execute(fmt::format("PRAGMA encoding = '{}'", encoding), "configure");
  }
}

void Database::attach(const std::string& path, const std::string& schema,
                      const DatabaseOptions& options) {
  const std::string real_path = real_database_path(path);
  std::string_view mode = options.create ? "mode=rwc" : "mode=rw";
  if (options.read_only) {
    const bool is_snapshot = reads_snapshot(path, real_path, options, m_connection->clock());
    mode = is_snapshot ? "mode=ro&immutable=1" : "mode=ro";
  }
  if (!options.read_only && options.create) {
    make_folder_of(real_path, path);
  }
  if (options.is_rehearsal && is_closed_wal(real_path)) { // else they are not ours to remove
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
  }
  const std::string uri = Connection::uri(real_path, mode);
  Statement statement = prepare("ATTACH ? AS ?");
  const Statement::Stepped stepped =
      statement.bind(1, std::string_view(uri)).bind(2, std::string_view(schema)).try_step();
  if (stepped.fault) {
    throw stepped.fault->to_error(fmt::format("open '{}'", path));
  }
  configure_schema(path, schema, options);
}

Statement Database::prepare(std::string_view sql) {
  return Statement(*m_connection, sql);
}

std::optional<Statement> Database::prepare_first(std::string_view& sql) {
  return Statement::take_first(*m_connection, sql);
}

void Database::execute(const std::string& sql, std::string_view action) {
  m_connection->execute(sql, action);
}

std::int64_t Database::query_integer(std::string_view sql) {
  Statement statement = prepare(sql);
  if (!statement.step()) {
    throw Error(
        ErrorKind::sql, "sql",
        fmt::format("cannot {}: the query gave no row", m_connection->phrase("read a value of")));
  }
  return statement.integer(0);
}

std::string Database::query_text(std::string_view sql) {
  Statement statement = prepare(sql);
  if (!statement.step()) {
    throw Error(
        ErrorKind::sql, "sql",
        fmt::format("cannot {}: the query gave no row", m_connection->phrase("read a value of")));
  }
  return std::string(statement.text(0));
}

std::int64_t Database::last_insert_id() const {
  return sqlite3_last_insert_rowid(handle());
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(handle());
}

bool Database::is_in_transaction() const {
  return sqlite3_get_autocommit(handle()) == 0;
}

// Without a statement, which would cost more than the answer.
bool Database::has_table(const std::string& name) {
  const int result = sqlite3_table_column_metadata(handle(), "main", name.c_str(), nullptr, nullptr,
                                                   nullptr, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK && (result & 0xff) != SQLITE_ERROR) { // the schema cannot be read
    throw m_connection->error("read");
  }
  return result == SQLITE_OK;
}

bool Database::has_deferred_violations() {
  int current = 0;
  int highest = 0;
  sqlite3_db_status(handle(), SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest, 0);
  return current != 0;
}

std::int64_t Database::data_version() {
  if (!m_data_version) {
    m_data_version = prepare("PRAGMA data_version");
  }
  m_data_version->step();
  const std::int64_t version = m_data_version->integer(0);
  m_data_version->reset();
  return version;
}

std::uint64_t Database::schema_version() {
  if (!m_schema_version) {
    m_schema_version = prepare("PRAGMA schema_version");
  }
  m_schema_version->step();
  const auto version = static_cast<std::uint64_t>(m_schema_version->integer(0));
  m_schema_version->reset();
  return version;
}

const std::string& Database::path() const noexcept {
  return m_connection->path();
}

Bytes Database::wal_size() const {
  std::error_code failure;
  const auto size = stdfs::file_size(m_connection->real_path() + "-wal", failure);
  return failure ? 0 : size;
}

void Database::set_full_sync(bool on) {
  execute(on ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", "configure");
}

void Database::set_busy_timeout(Duration timeout) {
  m_connection->wait().set_patience(timeout);
}

void Database::set_statement_limit(Duration limit) {
  m_connection->set_statement_limit(limit);
}

void Database::end_statements_on_stop() {
  m_connection->end_statements_on_stop();
}

void Database::set_rule(SqlRule rule) {
  m_connection->set_rule(std::move(rule));
}

sqlite3* Database::handle() const noexcept {
  return m_connection->handle();
}

Connection& Database::connection() const noexcept {
  return *m_connection;
}

} // namespace menacedb
