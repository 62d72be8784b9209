#include "core/db/migrations.hpp"
#include "core/db/transaction.hpp"
#include "tests/support/child.hpp"
#include "tests/unit/db/bench.hpp"

#include <doctest/doctest.h>

#include <array>
#include <vector>

using namespace menacedb;
using namespace menacedb::test;

namespace {

constexpr auto k_steps = std::to_array<Migration>({
    {1, "CREATE TABLE menacedb_a (x)"},
    {2, "ALTER TABLE menacedb_a ADD COLUMN y; CREATE INDEX menacedb_i ON menacedb_a (y)"},
});
constexpr std::span<const Migration> k_all(k_steps);

std::int64_t version(Database& database) {
  return database.query_integer("SELECT version FROM menacedb_schema WHERE name = 'ledger'");
}

} // namespace

TEST_CASE("a schema is brought to the newest version step by step") {
  DbBench bench;
  Database database = bench.open();
  migrate(database, "ledger", k_all.first(1));
  CHECK(version(database) == 1);
  migrate(database, "ledger", k_all);
  CHECK(version(database) == 2);
  database.execute("INSERT INTO menacedb_a (x, y) VALUES (1, 2)");
}

TEST_CASE("a schema that is up to date is not written and needs no lock") {
  DbBench bench;
  Database database = bench.open();
  migrate(database, "ledger", k_all);
  Database other = bench.open({.busy_timeout = Duration::zero()});
  const Transaction transaction(database);
  const Bytes before = database.wal_size();
  migrate(other, "ledger", k_all);
  CHECK(database.wal_size() == before);
  CHECK(bench.clock.slept() == Duration::zero());
}

TEST_CASE("schemas with different names do not meet") {
  DbBench bench;
  Database database = bench.open();
  migrate(database, "ledger", k_all);
  constexpr auto other = std::to_array<Migration>({{1, "CREATE TABLE menacedb_b (x)"}});
  migrate(database, "jobs", other);
  CHECK(version(database) == 2);
  CHECK(database.query_integer("SELECT count(*) FROM menacedb_schema") == 2);
}

TEST_CASE("a schema newer than known is refused") {
  DbBench bench;
  Database database = bench.open();
  migrate(database, "ledger", k_all);
  const Error error = error_of([&] { migrate(database, "ledger", k_all.first(1)); });
  CHECK(error.kind() == ErrorKind::config);
  CHECK(error.code() == "schema-newer");
  CHECK(error.message() == "cannot use schema 'ledger' of '" + bench.path +
                               "': its version 2 is newer than 1, the newest one known here");
  CHECK_FALSE(error.hint().empty());
}

TEST_CASE("a step that fails leaves the version before it and nothing of itself") {
  DbBench bench;
  Database database = bench.open();
  constexpr auto broken = std::to_array<Migration>(
      {{1, "CREATE TABLE menacedb_a (x)"}, {2, "CREATE TABLE menacedb_b (x); nonsense"}});
  const Error error = error_of([&] { migrate(database, "ledger", broken); });
  CHECK(error.message() ==
        "cannot change the schema of '" + bench.path + "': near \"nonsense\": syntax error");
  CHECK(version(database) == 1);
  CHECK(database.query_integer("SELECT count(*) FROM sqlite_schema WHERE name = 'menacedb_b'") ==
        0);
}

TEST_CASE("several processes may migrate at the same moment") {
  DbBench bench;
  Gate go;
  std::vector<Child> children;
  for (int i = 0; i < 5; ++i) {
    children.emplace_back([&] {
      SystemClock clock;
      go.wait();
      Database database(bench.path, {.create = true}, clock, bench.stop);
      migrate(database, "ledger", k_all);
    });
  }
  for (std::size_t i = 0; i < children.size(); ++i) {
    go.open();
  }
  for (Child& child : children) {
    CHECK(child.wait() == Ended{});
  }
  Database database = bench.open();
  CHECK(version(database) == 2);
}
