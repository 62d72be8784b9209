#include "core/engine/cleanup/row_retention.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/db/checkpoint.hpp"
#include "core/db/transaction.hpp"
#include "core/db/writer_lock.hpp"
#include "core/engine/cleanup/row_choice.hpp"
#include "core/engine/places.hpp"
#include "core/engine/retention.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

constexpr Duration k_lock_patience = std::chrono::seconds(10);
constexpr std::uint64_t k_found_at_once = 50'000;
constexpr std::uint64_t k_first_batch = 16;
constexpr std::uint64_t k_largest_batch = 5000;

class RowPurger {
public:
  RowPurger(const Context& context, const RetainedTable& table, const RowPurgeOptions& options);

  RowPurge run();

private:
  [[nodiscard]] bool has_table();
  void read_schema();
  [[nodiscard]] std::string condition() const;
  void bind_cutoff(Statement& statement, int first) const;
  [[nodiscard]] std::uint64_t count(const std::string& condition);
  [[nodiscard]] std::uint64_t find();
  [[nodiscard]] std::uint64_t find_by_hook(std::uint64_t most);
  [[nodiscard]] std::uint64_t count_by_hook();
  [[nodiscard]] std::string recheck() const;
  void delete_found(std::uint64_t found);
  void delete_range(std::uint64_t first, std::uint64_t last);
  void adapt(Duration held);
  void checkpoint_if_large();

  Context m_context;
  const RetainedTable& m_table;
  const RowPurgeOptions& m_options;
  Database m_database;
  Duration m_longest_hold;
  RowSource m_source;  // the key is "rowid", or the primary key
  std::string m_found; // the columns of the table of found rows that hold the key
  bool m_asks_hook;
  std::uint64_t m_batch = k_first_batch;
  RowPurge m_purge;
};

DatabaseOptions database_options(const Context& context) {
  DatabaseOptions options;
  options.busy_timeout = context.settings.duration("databases.busy_timeout");
  return options;
}

RowPurger::RowPurger(const Context& context, const RetainedTable& table,
                     const RowPurgeOptions& options)
    : m_context(context),
      m_table(table),
      m_options(options),
      m_database(table.database, database_options(context), context.clock, context.stop),
      m_longest_hold(context.settings.duration("sync.max_write_lock")),
      m_asks_hook(asks_retain(options.hooks)) {
  m_source.table = table.table;
  m_source.retention = table.retention;
}

bool RowPurger::has_table() {
  Statement statement = m_database.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE");
  statement.bind(1, std::string_view(m_table.table));
  if (!statement.step()) {
    return false;
  }
  m_source.name = quote_identifier(statement.text(0));
  return true;
}

void RowPurger::read_schema() {
  std::vector<std::string> primary_key;
  Statement columns = m_database.prepare("SELECT name, pk FROM pragma_table_info(?1) ORDER BY pk");
  columns.bind(1, std::string_view(m_table.table));
  while (columns.step()) {
    const std::string quoted = quote_identifier(columns.text(0));
    if (equals_ignoring_case(columns.text(0), m_table.retention.column)) {
      m_source.column = quoted;
    }
    if (columns.integer(1) > 0) {
      primary_key.push_back(quoted);
    }
  }
  if (m_source.column.empty()) {
    throw Error(ErrorKind::config, "retention-column",
                fmt::format("cannot delete old rows of '{}': it has no column '{}'", m_table.table,
                            m_table.retention.column))
        .with_hint(fmt::format("menacedb config show tables.{}.retention --origin", m_table.table));
  }
  Statement kind = m_database.prepare("SELECT wr FROM pragma_table_list WHERE schema = 'main' AND "
                                      "name = ?1 COLLATE NOCASE");
  kind.bind(1, std::string_view(m_table.table));
  const bool has_rowid = !kind.step() || kind.integer(0) == 0;
  m_source.key = has_rowid ? "rowid" : fmt::format("{}", fmt::join(primary_key, ", "));
  m_found = "key1";
  for (std::size_t i = 1; i < primary_key.size() && !has_rowid; ++i) {
    m_found += fmt::format(", key{}", i + 1);
    ++m_source.key_columns;
  }
}

// Only texts that begin with a date are read: SQLite's own functions would take '12' for a day of
// four thousand years before Christ, and 'now' for now.
std::string RowPurger::condition() const {
  return fmt::format("CASE typeof({0}) WHEN 'integer' THEN {0} < ?1 WHEN 'real' THEN {0} < ?1 "
                     "WHEN 'text' THEN {0} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' "
                     "AND unixepoch({0}) < ?2 ELSE 0 END",
                     m_source.column);
}

void RowPurger::bind_cutoff(Statement& statement, int first) const {
  const Duration cutoff = m_context.clock.now().time_since_epoch() - m_table.retention.keep;
  statement.bind(first, static_cast<double>(cutoff.count()) /
                            static_cast<double>(m_table.retention.unit.count()));
  statement.bind(first + 1, std::chrono::floor<std::chrono::seconds>(cutoff).count());
}

std::uint64_t RowPurger::count(const std::string& condition) {
  Statement statement = m_database.prepare(
      fmt::format("SELECT count(*), ?1, ?2 FROM {} WHERE {}", m_source.name, condition));
  bind_cutoff(statement, 1);
  statement.step();
  return static_cast<std::uint64_t>(statement.integer(0));
}

// Their keys go into a table of this connection alone, which takes no write lock of the database.
std::uint64_t RowPurger::find() {
  m_database.execute("DROP TABLE IF EXISTS temp.menacedb_found", "look for old rows in");
  m_database.execute(
      fmt::format("CREATE TEMP TABLE menacedb_found(position INTEGER PRIMARY KEY, {}, seen)",
                  m_found),
      "look for old rows in");
  if (m_asks_hook) {
    return find_by_hook(k_found_at_once + m_purge.kept);
  }
  Statement statement = m_database.prepare(fmt::format(
      "INSERT INTO temp.menacedb_found({}) SELECT {} FROM main.{} WHERE {} LIMIT {}", m_found,
      m_source.key, m_source.name, condition(), k_found_at_once + m_purge.kept));
  bind_cutoff(statement, 1);
  statement.run();
  return static_cast<std::uint64_t>(m_database.changes());
}

std::uint64_t RowPurger::find_by_hook(std::uint64_t most) {
  std::string places = "?1";
  for (int i = 1; i <= m_source.key_columns; ++i) {
    places += fmt::format(", ?{}", i + 1);
  }
  Statement insert = m_database.prepare(
      fmt::format("INSERT INTO temp.menacedb_found({}, seen) VALUES({})", m_found, places));
  std::uint64_t found = 0;
  choose_rows(m_context, m_database, m_source, *m_options.hooks, [&](const Statement& row) {
    for (int i = 0; i <= m_source.key_columns; ++i) {
      bind_value(insert, i + 1, row, i);
    }
    insert.run();
    return ++found < most;
  });
  return found;
}

std::uint64_t RowPurger::count_by_hook() {
  std::uint64_t found = 0;
  choose_rows(m_context, m_database, m_source, *m_options.hooks, [&](const Statement&) {
    ++found;
    return true;
  });
  return found;
}

// What must still be so when a found row is deleted. One that the hook let go may be young: its
// time must be the one that the hook saw.
std::string RowPurger::recheck() const {
  return m_asks_hook ? fmt::format("({}, {}) IN (SELECT {}, seen FROM temp.menacedb_found WHERE "
                                   "position BETWEEN ?3 AND ?4)",
                                   m_source.key, m_source.column, m_found)
                     : condition();
}

void RowPurger::adapt(Duration held) {
  if (held > m_longest_hold) {
    m_batch = std::max<std::uint64_t>(1, m_batch / 2);
  } else if (held < m_longest_hold / 2) {
    m_batch = std::min(k_largest_batch, m_batch + m_batch / 2 + 1);
  }
}

// They are looked at once more: somebody may have given them a new time.
void RowPurger::delete_range(std::uint64_t first, std::uint64_t last) {
  const Duration began = m_context.clock.monotonic();
  {
    const WriterLock writer(m_context.fs, m_context.clock, m_table.database, k_lock_patience,
                            m_context.stop);
    Transaction transaction(m_database);
    Statement statement = m_database.prepare(
        fmt::format("DELETE FROM main.{} WHERE ({}) IN (SELECT {} FROM temp.menacedb_found "
                    "WHERE position BETWEEN ?3 AND ?4) AND {}",
                    m_source.name, m_source.key, m_found, recheck()));
    if (!m_asks_hook) {
      bind_cutoff(statement, 1);
    }
    statement.bind(3, static_cast<std::int64_t>(first)).bind(4, static_cast<std::int64_t>(last));
    statement.run();
    const auto deleted = static_cast<std::uint64_t>(m_database.changes());
    transaction.commit();
    m_purge.deleted += deleted;
  }
  const Duration held = m_context.clock.monotonic() - began;
  adapt(held);
  m_context.clock.sleep(std::min<Duration>(held, m_longest_hold));
}

void RowPurger::delete_found(std::uint64_t found) {
  for (std::uint64_t first = 1; first <= found && !m_context.stop.is_requested();) {
    const std::uint64_t last = std::min(found, first + m_batch - 1);
    try {
      delete_range(first, last);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::sql) {
        throw;
      }
      if (last > first) {
        m_batch = 1; // one of them is held on to
        continue;
      }
      ++m_purge.kept;
    }
    first = last + 1;
    if (m_options.on_progress) {
      m_options.on_progress(m_purge.deleted);
    }
    checkpoint_if_large();
  }
}

void RowPurger::checkpoint_if_large() {
  if (m_database.wal_size() <= m_context.settings.bytes("databases.wal_limit")) {
    return;
  }
  const WriterLock writer(m_context.fs, m_context.clock, m_table.database, k_lock_patience,
                          m_context.stop);
  Database worker(m_table.database, database_options(m_context), m_context.clock, m_context.stop);
  static_cast<void>(checkpoint(m_database, worker, CheckpointMode::passive));
}

RowPurge RowPurger::run() {
  if (!has_table()) {
    return {};
  }
  read_schema();
  m_purge.unreadable =
      count(fmt::format("typeof({0}) = 'blob' OR (typeof({0}) = 'text' AND ({0} NOT GLOB "
                        "'[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' OR unixepoch({0}) IS NULL))",
                        m_source.column));
  if (m_options.is_dry_run) {
    m_purge.deleted = m_asks_hook ? count_by_hook() : count(condition());
    return m_purge;
  }
  for (;;) {
    const std::uint64_t kept_before = m_purge.kept;
    const std::uint64_t found = find();
    m_purge.kept = 0; // they are found again each time
    delete_found(found);
    m_purge.kept = std::max(m_purge.kept, m_context.stop.is_requested() ? kept_before : 0);
    if (found < k_found_at_once + kept_before || m_context.stop.is_requested()) {
      break;
    }
  }
  return m_purge;
}

} // namespace

std::vector<RetainedTable> retained_tables(const Settings& settings, const Router& router) {
  std::vector<RetainedTable> tables;
  for (const auto& [name, table] : settings.tables()) {
    if (!table.retention) {
      continue;
    }
    switch (router.route(name).placement) {
    case Placement::shared:
      tables.push_back({name, shared_database_path(settings), *table.retention});
      break;
    case Placement::local:
      tables.push_back(
          {name, local_database_path(settings, settings.text("instance.id")), *table.retention});
      break;
    case Placement::deny:
    case Placement::unknown:
      break;
    }
  }
  return tables;
}

RowPurge purge_rows(const Context& context, const RetainedTable& table,
                    const RowPurgeOptions& options) {
  if (!context.fs.stat(real_database_path(table.database))) {
    return {};
  }
  return RowPurger(context, table, options).run();
}

} // namespace menacedb
