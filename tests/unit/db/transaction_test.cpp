#include "core/db/transaction.hpp"
#include "tests/unit/db/bench.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace menacedb;
using namespace menacedb::test;

TEST_CASE("a committed transaction stays and an abandoned one does not") {
  DbBench bench;
  Database database = bench.open();
  database.execute("CREATE TABLE t (a)");
  {
    Transaction transaction(database);
    CHECK(database.is_in_transaction());
    database.execute("INSERT INTO t VALUES (1)");
    transaction.commit();
    CHECK_FALSE(database.is_in_transaction());
  }
  {
    const Transaction transaction(database);
    database.execute("INSERT INTO t VALUES (2)");
  }
  CHECK_FALSE(database.is_in_transaction());
  CHECK(database.query_integer("SELECT sum(a) FROM t") == 1);
}

TEST_CASE("a transaction rolls back when an exception passes") {
  DbBench bench;
  Database database = bench.open();
  database.execute("CREATE TABLE t (a)");
  const auto fail = [&] {
    const Transaction transaction(database);
    database.execute("INSERT INTO t VALUES (1)");
    throw std::runtime_error("unwind");
  };
  CHECK_THROWS_AS(fail(), std::runtime_error);
  CHECK_FALSE(database.is_in_transaction());
  CHECK(database.query_integer("SELECT count(*) FROM t") == 0);
}

TEST_CASE("a transaction holds the write lock from its beginning") {
  DbBench bench;
  Database database = bench.open();
  Database other = bench.open();
  Transaction transaction(database);
  CHECK(error_of([&] { const Transaction second(other); }).code() == "database-locked");
  transaction.rollback();
  const Transaction third(other);
}

TEST_CASE("a rollback behind our back is seen and committing then fails") {
  DbBench bench;
  Database database = bench.open();
  database.execute("CREATE TABLE t (a UNIQUE ON CONFLICT ROLLBACK); INSERT INTO t VALUES (1)");
  Transaction transaction(database);
  CHECK(error_of([&] { database.execute("INSERT INTO t VALUES (1)"); }).kind() == ErrorKind::sql);
  CHECK_FALSE(database.is_in_transaction());
  CHECK(error_of([&] { transaction.commit(); }).message() ==
        "cannot commit transaction on '" + bench.path +
            "': cannot commit - no transaction is active");
}

TEST_CASE("a commit refused by a deferred foreign key leaves nothing behind") {
  DbBench bench;
  Database database = bench.open();
  database.execute("CREATE TABLE p (id INTEGER PRIMARY KEY);"
                   "CREATE TABLE c (p REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED)");
  {
    Transaction transaction(database);
    database.execute("INSERT INTO c VALUES (7)");
    CHECK_THROWS_AS(transaction.commit(), Error);
  }
  CHECK_FALSE(database.is_in_transaction());
  CHECK(database.query_integer("SELECT count(*) FROM c") == 0);
}
