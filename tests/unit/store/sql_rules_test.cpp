#include "core/db/database.hpp"
#include "core/store/sql_rules.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace menacedb;
using namespace menacedb::test;

namespace {

// A database with tables, and SQL from outside.
struct RulesBench {
  TempDir directory;
  FakeClock clock;
  StopFlag stop;
  Database database{directory / "x.db", {.create = true}, clock, stop};

  RulesBench() {
    database.execute("CREATE TABLE t (a); CREATE TABLE secret (x); CREATE TABLE menacedb_dead (y);"
                     "CREATE VIEW v AS SELECT x FROM secret;"
                     "CREATE VIRTUAL TABLE words USING fts5(w); INSERT INTO words VALUES ('one')");
  }

  // The code of the refusal; "sql" when SQLite refuses by itself; empty when it runs.
  std::string verdict(const std::string& sql, SqlRulesOptions options = {}) {
    options.table = [](const TableUse& use) -> std::optional<Error> {
      if (use.table == "secret") {
        return Error(ErrorKind::denied, "table-denied", "Access to table 'secret' is denied");
      }
      return std::nullopt;
    };
    database.set_rule(SqlRules(options));
    std::string code;
    try {
      database.execute(sql);
    } catch (const Error& error) {
      code = error.code();
    }
    database.set_rule({});
    return code;
  }
};

} // namespace

TEST_CASE("SQL from outside cannot leave its databases") {
  RulesBench bench;
  for (const char* sql : {"ATTACH ':memory:' AS other",
                          "ATTACH 'x' || 'y' AS other",
                          "DETACH main",
                          "VACUUM",
                          "VACUUM INTO '/tmp/copy.db'",
                          "SELECT load_extension('/tmp/x.so')",
                          "SELECT fts3_tokenizer('simple')",
                          "PRAGMA journal_mode = DELETE",
                          "PRAGMA writable_schema = ON",
                          "PRAGMA database_list",
                          "PRAGMA foreign_keys = OFF",
                          "PRAGMA user_version = 7",
                          "PRAGMA integrity_check",
                          "PRAGMA wal_checkpoint",
                          "SELECT * FROM pragma_database_list",
                          "PRAGMA nonsense",
                          "BEGIN",
                          "COMMIT",
                          "SAVEPOINT s",
                          "CREATE TABLE u (a)",
                          "DROP TABLE t",
                          "ALTER TABLE t ADD COLUMN b",
                          "CREATE INDEX i ON t (a)",
                          "CREATE TEMP TABLE u (a)",
                          "ANALYZE",
                          "CREATE VIEW w AS SELECT 1",
                          "REINDEX",
                          "INSERT INTO menacedb_dead VALUES (1)",
                          "DELETE FROM MENACEDB_DEAD"}) {
    CAPTURE(sql);
    CHECK(bench.verdict(sql) == "sql-denied");
  }
}

TEST_CASE("SQL from outside cannot write the schema table") {
  RulesBench bench;
  for (const char* sql :
       {"UPDATE sqlite_schema SET sql = ''", "DELETE FROM sqlite_master",
        "INSERT INTO sqlite_master VALUES ('table','u','u',0,'CREATE TABLE u (a)')"}) {
    CAPTURE(sql);
    CHECK(bench.verdict(sql) != "");
    CHECK(bench.verdict(sql, {.ddl = true}) != "");
  }
  CHECK(bench.verdict("INSERT INTO words_data VALUES (1, 2)") != "");
}

TEST_CASE("harmless SQL runs") {
  RulesBench bench;
  for (const char* sql :
       {"SELECT * FROM t", "INSERT INTO t VALUES (1)", "UPDATE t SET a = 2", "DELETE FROM t",
        "SELECT * FROM json_each('[1,2]')", "SELECT name FROM pragma_table_info('t')",
        "PRAGMA table_info(t)", "PRAGMA user_version",
        "SELECT * FROM words WHERE words MATCH 'one'", "INSERT INTO words VALUES ('two')",
        "SELECT name FROM sqlite_schema",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3) SELECT * FROM n",
        "EXPLAIN QUERY PLAN SELECT * FROM t"}) {
    CAPTURE(sql);
    CHECK(bench.verdict(sql) == "");
  }
}

TEST_CASE("a table is judged wherever it is reached") {
  RulesBench bench;
  for (const char* sql : {"SELECT * FROM secret", "SELECT count(*) FROM secret", "SELECT * FROM v",
                          "INSERT INTO t SELECT x FROM v",
                          "DELETE FROM t WHERE a IN (SELECT x FROM v)", "PRAGMA table_info(secret)",
                          "SELECT * FROM pragma_table_info('secret')", "UPDATE secret SET x = 1"}) {
    CAPTURE(sql);
    CHECK(bench.verdict(sql) == "table-denied");
  }
  for (const char* sql :
       {"DROP TABLE secret", "CREATE INDEX i ON secret (x)", "ALTER TABLE secret RENAME TO open",
        "CREATE TRIGGER g AFTER INSERT ON secret BEGIN SELECT 1; END"}) {
    CAPTURE(sql);
    CHECK(bench.verdict(sql, {.ddl = true}) == "table-denied");
  }
}

TEST_CASE("what is switched on is allowed and the rest is not") {
  RulesBench bench;
  CHECK(bench.verdict("CREATE TABLE u (a INTEGER PRIMARY KEY AUTOINCREMENT)", {.ddl = true}) == "");
  CHECK(bench.verdict("ALTER TABLE u RENAME COLUMN a TO b", {.ddl = true}) == "");
  CHECK(bench.verdict("CREATE INDEX i ON u (b); DROP INDEX i", {.ddl = true}) == "");
  CHECK(bench.verdict("DROP TABLE u", {.ddl = true}) == "");
  CHECK(bench.verdict("CREATE TABLE menacedb_x (a)", {.ddl = true}) == "sql-denied");
  CHECK(bench.verdict("BEGIN; COMMIT", {.transactions = true}) == "");
  CHECK(bench.verdict("DELETE FROM t", {.writes = false}) == "sql-denied");
  CHECK(bench.verdict("SELECT a FROM t", {.writes = false}) == "");
  CHECK(bench.verdict("SELECT name FROM sqlite_schema", {.reads_schema = false}) == "sql-denied");
  CHECK(bench.verdict("SELECT * FROM json_each('[1]')", {.writes = false, .reads_schema = false}) ==
        "");
  CHECK(bench.verdict("SELECT * FROM words WHERE words MATCH 'one'",
                      {.writes = false, .reads_schema = false}) == "");
}
