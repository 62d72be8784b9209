#include "core/engine/care/database_stats.hpp"

#include "core/base/error.hpp"
#include "core/engine/database_options.hpp"
#include "core/engine/long_read.hpp"
#include "core/engine/places.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace menacedb {
namespace {

constexpr std::string_view k_own_prefix = "menacedb_";
constexpr int k_sample_points = 64;
constexpr std::int64_t k_rows_per_point = 100;

// SQL for the names of tables that are nobody's business, by the column `name`.
std::string not_own(const StatsRequest& request, std::string_view column) {
  std::string sql = fmt::format("substr({}, 1, 7) <> 'sqlite_'", column);
  if (!request.includes_own) {
    sql += fmt::format(" AND substr({}, 1, {}) <> '{}'", column, k_own_prefix.size(), k_own_prefix);
  }
  return sql;
}

class StatsReader {
public:
  StatsReader(const Context& context, Database& database, const StatsRequest& request)
      : m_context(context),
        m_database(database),
        m_request(request),
        m_deadline(context.clock.monotonic() + request.time_in_all) {}

  DatabaseStats read(const std::string& path);

private:
  void read_header(const std::string& path);
  void read_tables();
  void count(DatabaseStats::Table& table, bool has_rowid);
  [[nodiscard]] std::optional<std::uint64_t> try_count(const std::string& name);
  [[nodiscard]] std::optional<std::uint64_t> estimate(const std::string& name, bool has_rowid);
  [[nodiscard]] std::uint64_t sample(const std::string& name);
  [[nodiscard]] std::optional<std::uint64_t> analysed(const std::string& name);
  void read_pages();
  void refuse_when_stopped() const;

  const Context& m_context;
  Database& m_database;
  const StatsRequest& m_request;
  Duration m_deadline;
  DatabaseStats m_stats;
};

void StatsReader::refuse_when_stopped() const {
  if (m_context.stop.is_requested()) {
    throw Error(ErrorKind::busy, "interrupted",
                fmt::format("cannot read figures of '{}': interrupted", m_stats.path));
  }
}

void StatsReader::read_header(const std::string& path) {
  m_stats.path = path;
  const auto file = m_context.fs.stat(real_database_path(path));
  m_stats.size = file ? file->size : 0;
  m_stats.wal_size = m_database.wal_size();
  m_stats.schema_version = m_database.query_integer("PRAGMA user_version");
  m_stats.page_size = static_cast<Bytes>(m_database.query_integer("PRAGMA page_size"));
  m_stats.freelist_pages =
      static_cast<std::uint64_t>(m_database.query_integer("PRAGMA freelist_count"));
  m_stats.indices = static_cast<std::uint64_t>(m_database.query_integer(
      "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND " +
      not_own(m_request, "tbl_name")));
}

void StatsReader::read_tables() {
  std::map<std::string, bool> has_rowid;
  {
    Statement tables = m_database.prepare(
        "SELECT name, type = 'table' AND wr = 0 FROM pragma_table_list WHERE schema = 'main' AND "
        "type IN ('table', 'virtual', 'shadow') AND " +
        not_own(m_request, "name"));
    while (tables.step()) {
      has_rowid.emplace(tables.text(0), tables.integer(1) != 0);
    }
  }
  for (const auto& [name, has_it] : has_rowid) {
    m_stats.tables.push_back({name, std::nullopt, false, std::nullopt});
    count(m_stats.tables.back(), has_it);
  }
}

void StatsReader::count(DatabaseStats::Table& table, bool has_rowid) {
  refuse_when_stopped();
  table.rows = try_count(table.name);
  if (!table.rows) {
    table.rows = estimate(table.name, has_rowid);
    table.is_approximate = true;
  }
}

// None when it would take too long, or the table's module is not there.
std::optional<std::uint64_t> StatsReader::try_count(const std::string& name) {
  const bool is_bounded = !m_request.is_exact && m_stats.size + m_stats.wal_size > m_request.small;
  const Duration left = m_deadline - m_context.clock.monotonic();
  if (is_bounded && left <= Duration::zero()) {
    return std::nullopt;
  }
  m_database.set_statement_limit(is_bounded ? std::min(left, m_request.time_per_table)
                                            : Duration::zero());
  std::optional<std::uint64_t> rows;
  try {
    rows = static_cast<std::uint64_t>(
        m_database.query_integer("SELECT count(*) FROM " + quote_identifier(name)));
  } catch (const Error& error) {
    refuse_when_stopped();
    if (error.kind() != ErrorKind::sql) {
      throw;
    }
  }
  m_database.set_statement_limit(Duration::zero());
  return rows;
}

std::optional<std::uint64_t> StatsReader::estimate(const std::string& name, bool has_rowid) {
  return has_rowid ? sample(name) : analysed(name);
}

// How dense the row ids lie at some points of their range, times the range.
std::uint64_t StatsReader::sample(const std::string& name) {
  const std::string table = quote_identifier(name);
  Statement range = m_database.prepare(
      fmt::format("SELECT (SELECT min(_rowid_) FROM {0}), (SELECT max(_rowid_) FROM {0})", table));
  if (!range.step() || range.is_null(0)) {
    return 0;
  }
  const auto first = static_cast<double>(range.integer(0));
  const double span = static_cast<double>(range.integer(1)) - first + 1;
  const std::int64_t start = range.integer(0);
  range.reset();
  Statement next = m_database.prepare(
      fmt::format("SELECT count(*), max(id) FROM (SELECT _rowid_ AS id FROM {} WHERE _rowid_ >= ?1 "
                  "ORDER BY _rowid_ LIMIT ?2)",
                  table));
  double density = 0;
  for (int i = 0; i < k_sample_points; ++i) {
    const double offset = span * i / k_sample_points;
    const auto from = static_cast<std::int64_t>( // the range may be wider than half of all numbers
        static_cast<std::uint64_t>(start) + static_cast<std::uint64_t>(offset));
    next.bind(1, from).bind(2, k_rows_per_point);
    if (next.step() && next.integer(0) > 0) {
      const double width = static_cast<double>(next.integer(1)) - static_cast<double>(from) + 1;
      density += static_cast<double>(next.integer(0)) / std::max(width, 1.0);
    }
    next.reset();
  }
  return static_cast<std::uint64_t>(span * density / k_sample_points);
}

// What ANALYZE wrote down, when it was run.
std::optional<std::uint64_t> StatsReader::analysed(const std::string& name) {
  if (m_database.query_integer("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'") ==
      0) {
    return std::nullopt;
  }
  Statement row = m_database.prepare(
      "SELECT max(CAST(stat AS INTEGER)) FROM sqlite_stat1 WHERE tbl = ?1"); // "1250 1"
  row.bind(1, std::string_view(name));
  if (!row.step() || row.is_null(0)) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(row.integer(0));
}

// A SQLite without the dbstat table gives none.
void StatsReader::read_pages() {
  if (m_database.query_integer(
          "SELECT count(*) FROM pragma_compile_options WHERE compile_options = "
          "'ENABLE_DBSTAT_VTAB'") == 0) {
    return;
  }
  std::map<std::string, DatabaseStats::Pages, std::less<>> pages;
  Statement rows = m_database.prepare(
      "SELECT tbl_name, type, pageno, unused FROM dbstat JOIN sqlite_schema USING (name) "
      "WHERE aggregate = TRUE");
  while (rows.step()) {
    DatabaseStats::Pages& table = pages[std::string(rows.text(0))];
    (rows.text(1) == "table" ? table.table : table.indices) +=
        static_cast<std::uint64_t>(rows.integer(2));
    table.unused += static_cast<Bytes>(rows.integer(3));
  }
  for (DatabaseStats::Table& table : m_stats.tables) {
    if (const auto found = pages.find(table.name); found != pages.end()) {
      table.pages = found->second;
    }
  }
}

DatabaseStats StatsReader::read(const std::string& path) {
  read_header(path);
  const LongRead watch(m_database, m_context.stop, m_request.progress);
  read_tables();
  if (m_request.wants_pages || m_stats.size <= m_request.small) {
    try {
      read_pages();
    } catch (const Error&) {
      refuse_when_stopped();
      throw;
    }
  }
  return std::move(m_stats);
}

} // namespace

DatabaseStats read_database_stats(const Context& context, const std::string& path,
                                  const StatsRequest& request) {
  expect_database(context.fs, path);
  Database database(path, reader_options(context.settings), context.clock, context.stop);
  return StatsReader(context, database, request).read(path);
}

} // namespace menacedb
