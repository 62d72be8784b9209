#include "tests/unit/db/bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

using namespace menacedb;
using namespace menacedb::test;

namespace {

// Refuses one kind of action and says so.
SqlRule refuse(SqlActionKind kind, std::string name) {
  return [kind, name = std::move(name)](const SqlAction& action) -> std::optional<Error> {
    if (action.kind == kind && (name.empty() || action.name == name)) {
      return Error(ErrorKind::denied, "table-denied", "Access to table 'secret' is denied");
    }
    return std::nullopt;
  };
}

Database open_with_tables(DbBench& bench) {
  Database database = bench.open();
  database.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1); CREATE TABLE secret (x);"
                   "CREATE VIEW v AS SELECT x FROM secret; INSERT INTO secret VALUES (7);"
                   "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM secret; END");
  return database;
}

} // namespace

TEST_CASE("the error of the rule is the one that the caller gets") {
  DbBench bench;
  Database database = open_with_tables(bench);
  database.set_rule(refuse(SqlActionKind::read, "secret"));
  for (const char* sql : {"SELECT x FROM secret", "SELECT count(*) FROM secret", "SELECT * FROM v",
                          "SELECT (SELECT max(x) FROM secret) FROM t",
                          "WITH c AS (SELECT x FROM secret) SELECT * FROM c"}) {
    CAPTURE(sql);
    const Error error = error_of([&] { (void)database.prepare(sql); });
    CHECK(error.kind() == ErrorKind::denied);
    CHECK(error.code() == "table-denied");
    CHECK(error.message() == "Access to table 'secret' is denied");
  }
  CHECK(database.query_integer("SELECT a FROM t") == 1);
  CHECK(error_of([&] { database.execute("SELECT x FROM secret"); }).code() == "table-denied");
}

TEST_CASE("a rule hears of what a trigger does") {
  DbBench bench;
  Database database = open_with_tables(bench);
  database.set_rule(refuse(SqlActionKind::remove, "secret"));
  CHECK(error_of([&] { database.execute("INSERT INTO t VALUES (2)"); }).code() == "table-denied");
  CHECK(database.query_integer("SELECT count(*) FROM secret") == 1);
}

TEST_CASE("a refusal while a statement runs is that of the rule as well") {
  DbBench bench;
  Database database = open_with_tables(bench);
  database.set_rule(refuse(SqlActionKind::pragma, "table_info"));
  Statement statement = database.prepare("SELECT name FROM pragma_table_info('t')");
  CHECK(error_of([&] { statement.step(); }).code() == "table-denied");
  const Statement::Stepped stepped = statement.try_step();
  REQUIRE(stepped.fault);
  CHECK_FALSE(stepped.fault->is_environment());
  CHECK(stepped.fault->to_error("run").code() == "table-denied");
}

TEST_CASE("a rule sees names details and schemas") {
  DbBench bench;
  Database database = open_with_tables(bench);
  std::vector<std::string> seen;
  database.set_rule([&seen](const SqlAction& action) -> std::optional<Error> {
    seen.push_back(std::string(action.name) + "|" + std::string(action.detail) + "|" +
                   std::string(action.schema));
    return std::nullopt;
  });
  (void)database.prepare("UPDATE t SET a = abs(a)");
  CHECK(std::ranges::find(seen, "abs||") != seen.end());
  CHECK(std::ranges::find(seen, "t|a|main") != seen.end());
  seen.clear();
  (void)database.prepare("ALTER TABLE t ADD COLUMN b");
  CHECK(std::ranges::find(seen, "t||main") != seen.end());
}

TEST_CASE("a rule that fails refuses") {
  DbBench bench;
  Database database = open_with_tables(bench);
  database.set_rule(
      [](const SqlAction&) -> std::optional<Error> { throw std::runtime_error("no memory"); });
  const Error error = error_of([&] { (void)database.prepare("SELECT 1"); });
  CHECK(error.kind() == ErrorKind::internal);
  CHECK(error.message() == "no memory");
}

TEST_CASE("a connection without its rule is as before") {
  DbBench bench;
  Database database = open_with_tables(bench);
  database.set_rule(refuse(SqlActionKind::select, ""));
  CHECK_THROWS_AS((void)database.prepare("SELECT 1"), Error);
  database.set_rule({});
  CHECK(database.query_integer("SELECT x FROM secret") == 7);
}

TEST_CASE("a stop ends a statement that runs for ever") {
  DbBench bench;
  Database database = bench.open();
  database.end_statements_on_stop();
  Statement endless = database.prepare(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n");
  bench.stop.request();
  const Error error = error_of([&] { endless.step(); });
  CHECK(error.code() == "interrupted");
  CHECK(error.message() == "cannot run statement on '" + bench.path + "': interrupted");
}
