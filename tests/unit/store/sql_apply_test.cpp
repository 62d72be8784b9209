// SQL entries and entries with a file each, applied by the home store's transaction.
#include "tests/unit/store/store_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

class SqlBench {
public:
  explicit SqlBench(Duration limit = std::chrono::seconds(5), bool ddl = true) {
    SqliteStoreOptions options;
    options.path = m_folder / "own.db";
    options.sql_policy = [limit, ddl] {
      SqlPolicy policy;
      policy.limit = limit;
      policy.rules.ddl = ddl;
      return policy;
    };
    store = std::make_unique<SqliteStore>(m_fs, m_clock, m_log, m_stop, options);
    store->database().execute("CREATE TABLE t(n INTEGER UNIQUE); CREATE TABLE log(s TEXT)");
  }

  // One entry in a file called `name`.
  Applied apply(const std::string& sql, const std::string& name = "1",
                const std::string& line = {}) {
    Batch batch;
    batch.destinations.emplace_back();
    batch.file_spool = "0123456789abcdef";
    batch.files.push_back({.name = name + ".json", .ledger_id = name + ":1"});
    Entry& entry = batch.entries.emplace_back();
    entry.slice = k_no_slice;
    entry.file = 0;
    entry.sql = sql;
    entry.line = line;
    return store->apply(batch);
  }
  [[nodiscard]] std::int64_t number(std::string_view sql) {
    return store->database().query_integer(sql);
  }
  static std::string reason(const Applied& applied) {
    return applied.outcomes.failures.empty() ? "" : applied.outcomes.failures[0].fault.message;
  }

  std::unique_ptr<SqliteStore> store;

private:
  TempDir m_folder;
  PosixFs m_fs;
  SystemClock m_clock;
  Log m_log{LogLevel::error};
  StopFlag m_stop;
};

} // namespace

TEST_CASE("all statements of an entry are applied and the rows they changed are recorded") {
  SqlBench bench;
  const Applied applied =
      bench.apply("INSERT INTO t VALUES(1), (2); UPDATE t SET n = n + 10; -- done\n");
  CHECK(applied.outcomes.applied == 1);
  CHECK(bench.number("SELECT sum(n) FROM t") == 23);
  CHECK(bench.number("SELECT changed_rows FROM menacedb_entry") == 4);
}

TEST_CASE("an entry of which one statement fails leaves nothing behind") {
  SqlBench bench;
  const Applied applied =
      bench.apply("INSERT INTO t VALUES(1); INSERT INTO log VALUES('x'); INSERT INTO t VALUES(1)");
  CHECK(applied.outcomes.failed == 1);
  CHECK(bench.reason(applied) == "UNIQUE constraint failed: t.n");
  CHECK(bench.number("SELECT count(*) FROM t") == 0);
  CHECK(bench.number("SELECT count(*) FROM log") == 0);
  CHECK(bench.number("SELECT state FROM menacedb_entry") == 1);
}

TEST_CASE("a statement that rolls the transaction back takes only its own entry with it") {
  SqlBench bench;
  CHECK(bench.apply("INSERT INTO t VALUES(1)").outcomes.applied == 1);
  const Applied applied =
      bench.apply("INSERT INTO log VALUES('x'); INSERT OR ROLLBACK INTO t VALUES(1)", "2");
  CHECK(applied.outcomes.failed == 1);
  CHECK(bench.number("SELECT count(*) FROM log") == 0);
  CHECK(bench.number("SELECT count(*) FROM menacedb_entry") == 2);
}

TEST_CASE("an entry that was applied is a duplicate however often its file comes back") {
  SqlBench bench;
  CHECK(bench.apply("INSERT INTO t VALUES(1)").outcomes.applied == 1);
  CHECK(bench.apply("INSERT INTO t VALUES(1)").outcomes.duplicates == 1);
  CHECK(bench.apply("INSERT INTO t VALUES(1)").outcomes.duplicates == 1);
  CHECK(bench.store->stats().totals().dir_processed == 1);
  CHECK(bench.store->stats().totals().duplicates == 0);
}

TEST_CASE("a dead entry gets another chance and counts once for each time it came to its folder") {
  SqlBench bench;
  CHECK(bench.apply("INSERT INTO later VALUES(1)").outcomes.failed == 1);
  // The drain died before it moved the file.
  CHECK(bench.apply("INSERT INTO later VALUES(1)").outcomes.failed == 1);
  CHECK(bench.store->stats().totals().dir_failed == 1);
  CHECK(bench.apply("INSERT INTO later VALUES(1)", "1", R"({"failed_at":"x"})").outcomes.failed ==
        1);
  CHECK(bench.store->stats().totals().dir_failed == 2);
  bench.store->database().execute("CREATE TABLE later(n)");
  CHECK(bench.apply("INSERT INTO later VALUES(1)").outcomes.applied == 1);
  CHECK(bench.number("SELECT state FROM menacedb_entry") == 0);
}

TEST_CASE("an entry that runs too long fails and the database is free again") {
  SqlBench bench(std::chrono::milliseconds(50));
  const Applied applied =
      bench.apply("INSERT INTO log VALUES('x'); WITH RECURSIVE c(n) AS "
                  "(SELECT 1 UNION ALL SELECT n + 1 FROM c) INSERT INTO log SELECT n FROM c "
                  "WHERE n < 0");
  CHECK(applied.outcomes.failed == 1);
  CHECK(bench.reason(applied) == "interrupted: it ran longer than 50ms");
  CHECK(bench.number("SELECT count(*) FROM log") == 0);
  CHECK(bench.apply("INSERT INTO log VALUES('y')", "2").outcomes.applied == 1);
}

TEST_CASE("an enclosing transaction is accepted as none and others are refused") {
  SqlBench bench;
  CHECK(bench.apply("BEGIN IMMEDIATE; INSERT INTO t VALUES(1); COMMIT;").outcomes.applied == 1);
  CHECK(bench.number("SELECT count(*) FROM t") == 1);
  for (const char* const sql :
       {"ROLLBACK", "COMMIT", "BEGIN; INSERT INTO t VALUES(2)", "BEGIN; ROLLBACK",
        "INSERT INTO t VALUES(2); COMMIT", "BEGIN; COMMIT; INSERT INTO t VALUES(2)",
        "SAVEPOINT s; RELEASE s"}) {
    CAPTURE(sql);
    CHECK(bench.apply(sql, sql).outcomes.failed == 1);
  }
  CHECK(bench.number("SELECT count(*) FROM t") == 1);
}

TEST_CASE("the schema changes where that is allowed and rows after it see the change") {
  SqlBench bench;
  CHECK(bench.apply("CREATE TABLE u(a); INSERT INTO u VALUES(1)").outcomes.applied == 1);
  CHECK(bench.number("SELECT count(*) FROM u") == 1);
  SqlBench strict(std::chrono::seconds(5), false);
  CHECK(strict.apply("CREATE TABLE u(a)").outcomes.failed == 1);
}

TEST_CASE("what would reach beyond the database or into our own tables is refused") {
  SqlBench bench;
  for (const char* const sql :
       {"ATTACH 'x.db' AS x", "PRAGMA journal_mode = DELETE", "PRAGMA writable_schema = 1",
        "SELECT load_extension('x')", "DELETE FROM menacedb_entry", "VACUUM INTO 'x.db'",
        "UPDATE sqlite_master SET sql = ''", ".shell touch x", "DETACH main"}) {
    CAPTURE(sql);
    CHECK(bench.apply(sql, sql).outcomes.failed == 1);
  }
}
