#pragma once

#include "core/db/authorizer.hpp"
#include "core/db/busy.hpp"
#include "core/db/statement.hpp"

#include <optional>
#include <string>

struct sqlite3;
struct sqlite3_stmt;

namespace menacedb {

// What a Database and its Statements share: the handle, the busy handler's wait, the statement
// limit. For core/db only. Its address is SQLite's callback argument, so it does not move.
class Connection {
public:
  Connection(std::string path, std::string real_path, Clock& clock, const StopFlag& stop,
             Duration patience);
  ~Connection(); // closes, without a checkpoint
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void open(int flags);
  // The file as it stands, which must not change: without locks, read-only.
  void open_snapshot(); // once; throws
  void open_beside();   // once; reading, without ever writing to the shared memory of the WAL
  // Without a file: an empty database in memory, beside which files can be attached by URI.
  void open_in_memory();
  // The URI of a file, for ATTACH: `query` is what stands after the question mark.
  [[nodiscard]] static std::string uri(const std::string& real_path, std::string_view query);
  // Also after another handler was there for a while: SQLite knows one at a time.
  void install_busy_handler();
  void set_statement_limit(Duration limit);
  void end_statements_on_stop();
  void set_rule(SqlRule rule); // core/db/authorizer.cpp
  // All statements of the text; rows are thrown away.
  void execute(const std::string& sql, std::string_view action);

  // Called before a statement is prepared: a new wait, and no refusal yet.
  void begin_prepare();
  // Called before each step: a new wait, and a new deadline unless the statement is in its rows.
  void begin_step(sqlite3_stmt* statement);
  [[nodiscard]] SqlFault fault() const; // of the call that just failed
  [[nodiscard]] Clock& clock() const noexcept { return *m_clock; }
  // "run statement on '<path>'"; without the path when the database is no file.
  [[nodiscard]] std::string phrase(std::string_view action) const;
  // The fault as an Error: cannot <action> '<path>': … Of a lock that did not come free the hint
  // names the holder; nobody gets such an Error often, since there was a wait before it.
  [[nodiscard]] Error error(std::string_view action) const;
  [[nodiscard]] Error error_of(const SqlFault& fault, std::string_view what) const;
  // A command that shows who may write to the file.
  [[nodiscard]] std::string rights_hint() const;

  [[nodiscard]] sqlite3* handle() const noexcept { return m_handle; }
  [[nodiscard]] const std::string& path() const noexcept { return m_path; }
  [[nodiscard]] const std::string& real_path() const noexcept { return m_real_path; }
  [[nodiscard]] BusyWait& wait() noexcept { return m_wait; }

private:
  [[nodiscard]] std::string describe_holders() const;
  [[nodiscard]] std::string room_hint(const SqlFault& fault, const Error& error) const;
  void open_as(const std::string& name, int flags);
  void run_to_end(sqlite3_stmt* statement, std::string_view action);
  void update_progress_handler();
  static int on_busy(void* self, int attempt);
  static int on_progress(void* self);
  static int on_action(void* self, int code, const char* first, const char* second,
                       const char* schema, const char* source);

  std::string m_path;
  std::string m_real_path;
  sqlite3* m_handle = nullptr;
  BusyWait m_wait;
  Clock* m_clock;
  const StopFlag* m_stop;
  SqlRule m_rule;
  std::optional<Error> m_refusal; // by the rule, of the statement at hand
  bool m_ends_on_stop = false;
  Duration m_limit{};
  Duration m_deadline{};
};

} // namespace menacedb
