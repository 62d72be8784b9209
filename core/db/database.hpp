#pragma once

#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "core/base/units.hpp"
#include "core/db/authorizer.hpp"
#include "core/db/statement.hpp"
#include "core/os/clock.hpp"
#include "core/os/stop.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;

namespace menacedb {

class Connection;

struct DatabaseOptions {
  bool create = false; // make the file and its folders when missing
  bool read_only = false;
  // With read_only: a WAL database that nobody has open is read as its file stands, without locks
  // and without traces. What is written later is not seen.
  bool accepts_snapshot = false;
  // With read_only: the WAL's shared memory is not written to, not even to build it anew when
  // nobody else is connected; the WAL is then read through an index in our own memory. Reading can
  // fail, code "read-only", in the moment in which another connection builds it.
  bool leaves_shm_alone = false;
  // A file that is not in WAL mode stays as it is: it may be somebody else's.
  bool keeps_journal_mode = false;
  Duration busy_timeout = std::chrono::seconds(5);
  Bytes cache_size = 32ull << 20;
  bool full_sync = false; // synchronous=FULL, for whoever forgets a queue's entries afterwards
  bool foreign_keys = true;
  // Of attach(), for writes that are only rolled back: the journal mode stays, and the -wal and
  // -shm that come with opening go again with closing.
  bool is_rehearsal = false;
};

// One connection: WAL, foreign keys on, temp_store memory, no automatic checkpoint (see
// core/db/checkpoint.hpp), closed without a checkpoint. Errors carry SQLite's own text; busy ones
// state the wait. Not thread-safe: one connection, one thread. Never carried over a fork.
//
// A path always names a file (no URIs, no ":memory:"). While a process has it open here, nobody in
// the process may open and close that file otherwise, not even to read a byte: it would drop
// SQLite's locks.
class Database {
public:
  // `clock` and `stop` must outlive it: the busy handler waits by them (sleeping at most
  // busy_timeout in all per statement, and giving up at once when `stop` is requested). A file that
  // is not in WAL mode is changed to it, unless opened read-only. Opening read-only leaves nothing
  // behind: where it would, it throws `unavailable`, code "wal-closed".
  Database(const std::string& path, const DatabaseOptions& options, Clock& clock,
           const StopFlag& stop);
  // A connection without a file: an empty main database in memory, to attach() files to. Its errors
  // name no path.
  [[nodiscard]] static Database in_memory(const DatabaseOptions& options, Clock& clock,
                                          const StopFlag& stop);
  ~Database();
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;

  // Whether a read-only open creates no -wal and -shm: the file is not in WAL mode, or both exist.
  // Reads through SQLite's own file layer, so it is safe while the file is open. True for what
  // cannot be read: opening tells why.
  [[nodiscard]] static bool can_open_without_traces(const std::string& path);
  // Whether it is in WAL mode and nobody has it open: the file alone is the database.
  [[nodiscard]] static bool is_closed_wal_database(const std::string& path);

  // Of a connection in_memory(), before anything else: the text encoding of this file, which all
  // that is attached later must have.
  void take_text_encoding(const std::string& path);
  // Opens a file beside the main database, under a name of the caller's choice, as the constructor
  // would with these options (of which busy_timeout and foreign_keys are the connection's). Not
  // while a rule is set.
  void attach(const std::string& path, const std::string& schema, const DatabaseOptions& options);

  [[nodiscard]] Statement prepare(std::string_view sql);
  // Statement::take_first.
  [[nodiscard]] std::optional<Statement> prepare_first(std::string_view& sql);
  // Runs statements without results. `action` is for the message: cannot <action> '<path>': …
  void execute(const std::string& sql, std::string_view action = "run statement on");
  [[nodiscard]] std::int64_t query_integer(std::string_view sql); // first column of the first row
  [[nodiscard]] std::string query_text(std::string_view sql);

  [[nodiscard]] std::int64_t last_insert_id() const;
  [[nodiscard]] std::int64_t changes() const;   // rows of the last INSERT, UPDATE or DELETE
  [[nodiscard]] bool is_in_transaction() const; // false after a rollback behind our back
  [[nodiscard]] bool has_table(const std::string& name); // no view; as of the last statement
  [[nodiscard]] bool has_deferred_violations();          // unresolved deferred foreign keys
  [[nodiscard]] std::int64_t data_version();    // changes when another connection committed
  [[nodiscard]] std::uint64_t schema_version(); // PRAGMA schema_version
  [[nodiscard]] const std::string& path() const noexcept; // as opened
  [[nodiscard]] Bytes wal_size() const;                   // of the -wal file; 0 when there is none
  void set_full_sync(bool on);
  void set_busy_timeout(Duration timeout);
  // Ends a statement that runs longer, with code "sql-timeout"; zero turns it off. The time of a
  // statement begins with its first step; a stop does not end it.
  void set_statement_limit(Duration limit);

  // From now on a stop ends running statements as well, with code "interrupted".
  void end_statements_on_stop();
  // Asks `rule` about everything that a statement prepared from now on does (see
  // core/db/authorizer.hpp); its error is the one that prepare() and step() throw. Also forbids
  // what changes the file behind SQLite's back (SQLITE_DBCONFIG_DEFENSIVE). An empty rule takes
  // both back.
  void set_rule(SqlRule rule);

  [[nodiscard]] sqlite3* handle() const noexcept;        // for core/db only
  [[nodiscard]] Connection& connection() const noexcept; // for core/db only

private:
  explicit Database(std::unique_ptr<Connection> connection);
  void configure(const DatabaseOptions& options);
  void configure_connection(const DatabaseOptions& options);
  void configure_schema(const std::string& path, const std::string& schema,
                        const DatabaseOptions& options);
  void enter_wal_mode(const std::string& path, const std::string& schema);

  std::unique_ptr<Connection> m_connection;
  // Prepared once, asked often. Below the connection: they must go first.
  std::optional<Statement> m_data_version;
  std::optional<Statement> m_schema_version;
};

// The file behind a path with all links resolved, whether it exists or not; absolute.
[[nodiscard]] std::string real_database_path(const std::string& path);

} // namespace menacedb
