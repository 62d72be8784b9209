#include "core/db/connection.hpp"

#include "core/base/text.hpp"
#include "core/db/database_use.hpp"
#include "core/os/fs.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <mutex>
#include <utility>

namespace menacedb {
namespace {

// Virtual machine instructions between two looks at the clock: well under a millisecond.
constexpr int k_progress_interval = 10'000;
constexpr int k_reading_by_uri =
    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;

} // namespace

Connection::Connection(std::string path, std::string real_path, Clock& clock, const StopFlag& stop,
                       Duration patience)
    : m_path(std::move(path)),
      m_real_path(std::move(real_path)),
      m_wait(clock, stop, patience),
      m_clock(&clock),
      m_stop(&stop) {}

Connection::~Connection() {
  sqlite3_close_v2(m_handle); // a null handle is fine
}

void Connection::open(int flags) {
  open_as(m_real_path, flags);
}

void Connection::open_snapshot() {
  open_as(uri(m_real_path, "immutable=1"), k_reading_by_uri);
}

void Connection::open_beside() {
  open_as(uri(m_real_path, "readonly_shm=1"), k_reading_by_uri);
}

void Connection::open_in_memory() {
  // Not SQLITE_OPEN_MEMORY: what is attached later would be in memory as well.
  open_as(":memory:", SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_READWRITE |
                          SQLITE_OPEN_CREATE | SQLITE_OPEN_URI);
}

void Connection::open_as(const std::string& name, int flags) {
  static std::once_flag once;
  // Counting every allocation costs each of them a mutex, a twentieth of a drain; nobody asks.
  std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
  // SQLite gives a handle even when it fails, for the message.
  if (sqlite3_open_v2(name.c_str(), &m_handle, flags, nullptr) != SQLITE_OK) {
    throw error("open");
  }
  install_busy_handler();
}

std::string Connection::uri(const std::string& real_path, std::string_view query) {
  std::string uri = "file:";
  for (const char c : real_path) {
    if (c == '%' || c == '?' || c == '#') {
      uri += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  return fmt::format("{}?{}", uri, query);
}

void Connection::install_busy_handler() {
  sqlite3_busy_handler(m_handle, on_busy, this);
}

void Connection::set_statement_limit(Duration limit) {
  m_limit = limit;
  m_deadline = m_clock->monotonic() + limit;
  update_progress_handler();
}

void Connection::end_statements_on_stop() {
  m_ends_on_stop = true;
  update_progress_handler();
}

void Connection::update_progress_handler() {
  const bool is_on = m_ends_on_stop || m_limit > Duration::zero();
  sqlite3_progress_handler(m_handle, is_on ? k_progress_interval : 0, is_on ? on_progress : nullptr,
                           this);
}

void Connection::execute(const std::string& sql, std::string_view action) {
  const char* rest = sql.c_str();
  while (*rest != '\0') {
    begin_prepare();
    sqlite3_stmt* statement = nullptr; // stays null for blanks and comments
    if (sqlite3_prepare_v2(m_handle, rest, -1, &statement, &rest) != SQLITE_OK) {
      throw error(action);
    }
    run_to_end(statement, action);
  }
}

void Connection::run_to_end(sqlite3_stmt* statement, std::string_view action) {
  int result = statement == nullptr ? SQLITE_DONE : SQLITE_ROW;
  while (result == SQLITE_ROW) {
    begin_step(statement);
    result = sqlite3_step(statement);
  }
  if (result != SQLITE_DONE) {
    Error refused = error(action); // before the statement's end, which may change the message
    sqlite3_finalize(statement);
    throw refused;
  }
  sqlite3_finalize(statement);
}

void Connection::begin_prepare() {
  m_wait.restart();
  m_refusal.reset();
}

void Connection::begin_step(sqlite3_stmt* statement) {
  m_wait.restart();
  m_refusal.reset();
  if (m_limit > Duration::zero() && sqlite3_stmt_busy(statement) == 0) {
    m_deadline = m_clock->monotonic() + m_limit;
  }
}

SqlFault Connection::fault() const {
  SqlFault fault;
  fault.extended_code = sqlite3_extended_errcode(m_handle);
  fault.code = fault.extended_code & 0xff;
  fault.message = sqlite3_errmsg(m_handle);
  fault.system_error = sqlite3_system_errno(m_handle);
  fault.waited = m_wait.waited();
  fault.is_stopped = m_ends_on_stop && m_stop->is_requested();
  fault.refusal = m_refusal;
  return fault;
}

std::string Connection::phrase(std::string_view action) const {
  if (!m_path.empty()) {
    return fmt::format("{} '{}'", action, m_path);
  }
  constexpr std::string_view k_on = " on"; // as in "run statement on"
  return std::string(action.ends_with(k_on) ? action.substr(0, action.size() - k_on.size())
                                            : action);
}

Error Connection::error(std::string_view action) const {
  return error_of(fault(), phrase(action));
}

// Of all files of the connection: which one was busy is not said.
std::string Connection::describe_holders() const {
  std::string all;
  for (int i = 0; const char* const schema = sqlite3_db_name(m_handle, i); ++i) {
    const char* const file = sqlite3_db_filename(m_handle, schema);
    const std::string holders =
        file == nullptr || *file == '\0' ? std::string() : describe_lock_holders(file);
    all += all.empty() || holders.empty() ? holders : "; " + holders;
  }
  return all;
}

// What shows why nothing can be written; empty for other faults.
std::string Connection::room_hint(const SqlFault& fault, const Error& error) const {
  if (m_path.empty()) {
    return {};
  }
  if (error.code() == "disk-full") {
    return fmt::format("df -h '{}'", printable(parent_directory(m_path)));
  }
  return fault.code == SQLITE_CANTOPEN && error.code() == "permission" ? rights_hint()
                                                                       : std::string();
}

std::string Connection::rights_hint() const {
  return fmt::format("ls -ld '{}' '{}'", printable(parent_directory(m_path)), printable(m_path));
}

Error Connection::error_of(const SqlFault& fault, std::string_view what) const {
  Error error = fault.to_error(what);
  if (std::string hint = room_hint(fault, error); !hint.empty()) {
    return std::move(error).with_hint(std::move(hint));
  }
  if (error.code() != "database-locked" || fault.code == SQLITE_LOCKED) { // LOCKED: by ourselves
    return error;
  }
  const std::string holders = describe_holders();
  return std::move(error).with_hint(holders.empty() ? "the lock is free again by now: try once more"
                                                    : "another program holds the lock: " + holders);
}

int Connection::on_busy(void* self, int attempt) {
  return static_cast<Connection*>(self)->m_wait.again(attempt) ? 1 : 0;
}

int Connection::on_progress(void* self) {
  auto* connection = static_cast<Connection*>(self);
  if (connection->m_ends_on_stop && connection->m_stop->is_requested()) {
    return 1;
  }
  const bool is_limited = connection->m_limit > Duration::zero();
  return is_limited && connection->m_clock->monotonic() >= connection->m_deadline ? 1 : 0;
}

} // namespace menacedb
