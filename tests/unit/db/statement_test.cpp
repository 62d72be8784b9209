#include "core/db/statement.hpp"
#include "tests/unit/db/bench.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace menacedb;
using namespace menacedb::test;

TEST_CASE("values of every type come back as they were bound") {
  DbBench bench;
  Database database = bench.open();
  database.execute("CREATE TABLE t (i, r, s, b, n)");
  const std::string text{"a\0b\0", 4};
  const std::string bytes{"\0\xff\0", 3};
  database.prepare("INSERT INTO t VALUES (?, ?, ?, ?, ?)")
      .bind(1, std::numeric_limits<std::int64_t>::min())
      .bind(2, 0.1)
      .bind(3, text)
      .bind_blob(4, bytes)
      .bind_null(5)
      .run();
  Statement read = database.prepare("SELECT *, typeof(s) || typeof(b), length(b) FROM t");
  REQUIRE(read.step());
  CHECK(read.column_count() == 7);
  CHECK(read.column_name(2) == "s");
  CHECK(read.integer(0) == std::numeric_limits<std::int64_t>::min());
  CHECK(read.real(1) == 0.1);
  CHECK(read.text(2) == text);
  CHECK(read.blob(3) == bytes);
  CHECK(read.is_null(4));
  CHECK(read.text(4).empty());
  CHECK(read.text(5) == "textblob");
  CHECK(read.integer(6) == 3);
  CHECK_FALSE(read.step());
}

TEST_CASE("an empty text and an empty blob are not null") {
  DbBench bench;
  Database database = bench.open();
  Statement statement = database.prepare("SELECT typeof(?1), typeof(?2)");
  statement.bind(1, std::string_view()).bind_blob(2, std::string_view());
  REQUIRE(statement.step());
  CHECK(statement.text(0) == "text");
  CHECK(statement.text(1) == "blob");
}

TEST_CASE("a statement runs again after a reset and keeps its bindings") {
  DbBench bench;
  Database database = bench.open();
  database.execute("CREATE TABLE t (a, b)");
  Statement insert = database.prepare("INSERT INTO t VALUES (?, ?)");
  insert.bind(1, std::int64_t{1}).bind(2, std::int64_t{2}).run();
  insert.bind(1, std::int64_t{3}).run();
  CHECK(database.query_text("SELECT group_concat(a || b) FROM t") == "12,32");
}

TEST_CASE("exactly one statement is prepared from a text") {
  DbBench bench;
  Database database = bench.open();
  for (const std::string good : {"SELECT 1", "SELECT 1;", " SELECT 1 ; -- so\n /* and */ ;"}) {
    CHECK_MESSAGE(database.query_integer(good) == 1, good);
  }
  const std::string begin = "cannot prepare statement on '" + bench.path + "': ";
  const auto message = [&](std::string_view sql) {
    return error_of([&] { (void)database.prepare(sql); }).message();
  };
  CHECK(message("SELECT 1; SELECT 2") == begin + "text follows the first statement");
  CHECK(message("SELECT 1; nonsense") == begin + "text follows the first statement");
  CHECK(message("") == begin + "the text holds no statement");
  CHECK(message(" -- nothing") == begin + "the text holds no statement");
  CHECK(message(std::string_view("SELECT 1\0, 2", 12)) == begin + "the text has a NUL byte");
  CHECK(message("SELEC 1") == begin + "near \"SELEC\": syntax error");
  CHECK(error_of([&] { (void)database.prepare("SELEC 1"); }).kind() == ErrorKind::sql);
}

TEST_CASE("a parameter that does not exist is an error") {
  DbBench bench;
  Database database = bench.open();
  Statement statement = database.prepare("SELECT ?");
  CHECK(error_of([&] { statement.bind(2, std::int64_t{1}); }).message() ==
        "cannot bind value on '" + bench.path + "': column index out of range");
}

TEST_CASE("a refused row is a value and leaves the statement ready for the next") {
  DbBench bench;
  Database database = bench.open();
  database.execute("CREATE TABLE t (a UNIQUE, b INTEGER PRIMARY KEY, c CHECK (c > 0))");
  Statement insert = database.prepare("INSERT INTO t VALUES (?, ?, ?)");
  const auto try_row = [&](std::int64_t a, std::int64_t b, std::int64_t c) {
    insert.bind(1, a).bind(2, b).bind(3, c);
    const Statement::Stepped stepped = insert.try_step();
    insert.reset();
    return stepped.fault;
  };
  CHECK_FALSE(try_row(1, 1, 1));
  const auto twice = try_row(1, 2, 1);
  REQUIRE(twice);
  CHECK(twice->is_unique_violation());
  CHECK_FALSE(twice->is_environment());
  CHECK(twice->message == "UNIQUE constraint failed: t.a");
  const auto same_key = try_row(2, 1, 1);
  REQUIRE(same_key);
  CHECK(same_key->is_unique_violation());
  const auto checked = try_row(3, 3, 0);
  REQUIRE(checked);
  CHECK_FALSE(checked->is_unique_violation());
  CHECK_FALSE(try_row(4, 4, 4));
  CHECK(database.query_integer("SELECT count(*) FROM t") == 2);
}

TEST_CASE("a refused row throws from step with the text of SQLite") {
  DbBench bench;
  Database database = bench.open();
  database.execute("CREATE TABLE t (a NOT NULL)");
  Statement insert = database.prepare("INSERT INTO t VALUES (?)");
  CHECK(error_of([&] { insert.run(); }).message() ==
        "cannot run statement on '" + bench.path + "': NOT NULL constraint failed: t.a");
  insert.bind(1, std::int64_t{1}).run();
}

TEST_CASE("a statement that runs too long ends with its own code") {
  // Each look at this clock costs a millisecond.
  struct TickingClock : FakeClock {
    Duration monotonic() override {
      advance(std::chrono::milliseconds(1));
      return FakeClock::monotonic();
    }
  } clock;
  const TempDir directory;
  const StopFlag stop;
  Database database(directory / "x.db", {.create = true}, clock, stop);
  const std::string endless =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
  database.set_statement_limit(std::chrono::milliseconds(20));
  const Error error = error_of([&] { (void)database.query_integer(endless); });
  CHECK(error.kind() == ErrorKind::sql);
  CHECK(error.code() == "sql-timeout");
  CHECK(error.message() == "cannot run statement on '" + database.path() +
                               "': interrupted: it ran longer than it may");
  CHECK(error_of([&] { database.execute(endless); }).code() == "sql-timeout");
  CHECK(database.query_integer("SELECT 1") == 1);
}

TEST_CASE("the limit counts each statement by itself and a stop does not end one") {
  DbBench bench;
  Database database = bench.open();
  database.set_statement_limit(std::chrono::seconds(1));
  bench.stop.request();
  Statement count = database.prepare("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM "
                                     "n WHERE i < 50000) SELECT count(*) FROM n");
  for (int i = 0; i < 3; ++i) {
    bench.clock.advance(std::chrono::seconds(10));
    REQUIRE(count.step());
    CHECK(count.integer(0) == 50000);
    count.reset();
  }
}

TEST_CASE("identifiers are quoted with doubled quotes") {
  CHECK(quote_identifier("order") == "\"order\"");
  CHECK(quote_identifier("a\"b") == "\"a\"\"b\"");
  CHECK(quote_identifier("").size() == 2);
}

TEST_CASE("the statements of a text are taken one by one") {
  DbBench bench;
  Database database = bench.open();
  std::string_view sql = " ;; SELECT 1 ; -- one\n SELECT ?2, 'a' ; /* end */ ";
  auto first = database.prepare_first(sql);
  REQUIRE(first);
  CHECK(first->step());
  CHECK(first->type(0) == SqlType::integer);
  CHECK(first->is_read_only());
  auto second = database.prepare_first(sql);
  REQUIRE(second);
  CHECK(second->parameter_count() == 2);
  CHECK(second->step());
  CHECK(second->type(0) == SqlType::null);
  CHECK(second->type(1) == SqlType::text);
  CHECK_FALSE(database.prepare_first(sql));
  CHECK(error_of([&] {
          std::string_view bad = "SELECT 1; SELEC";
          (void)database.prepare_first(bad);
          (void)database.prepare_first(bad);
        }).code() == "sql");
}
