#include "core/db/database_use.hpp"
#include "core/db/transaction.hpp"
#include "core/db/writer_lock.hpp"
#include "core/os/posix_fs.hpp"
#include "tests/support/child.hpp"
#include "tests/unit/db/bench.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

struct UseBench : DbBench {
  UseBench() { open().execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)"); }

  [[nodiscard]] DatabaseUse look() const {
    return std::move(find_database_use(std::span(&path, 1)).databases.front());
  }
  [[nodiscard]] DatabaseUse connected() const {
    return std::move(find_connected(std::span(&path, 1)).databases.front());
  }
};

// A child with a connection, in the state that `work` brought it to. The parent may have none.
struct User {
  Gate ready;
  Child child;

  User(UseBench& bench, const std::function<void(Database&)>& work)
      : child([&] {
          Database database = bench.open();
          work(database);
          ready.open();
          ::pause();
        }) {
    ready.wait();
  }
};

} // namespace

TEST_CASE("an idle connection is an opener without a lock") {
  UseBench bench;
  const User user(bench, [](Database& database) {
    static_cast<void>(database.query_integer("SELECT count(*) FROM t"));
  });
  const DatabaseUse use = bench.look();
  CHECK(use.locks.empty());
  REQUIRE(use.openers.size() == 1);
  CHECK(use.openers[0].pid == user.child.pid());
  CHECK(use.openers[0].connections == 1);
}

TEST_CASE("a write transaction is one write lock") {
  UseBench bench;
  const User user(bench, [](Database& database) {
    database.execute("BEGIN IMMEDIATE; INSERT INTO t VALUES (2)");
  });
  const DatabaseUse use = bench.look();
  REQUIRE(use.locks.size() == 1);
  CHECK(use.locks[0].kind == DatabaseLockKind::write);
  CHECK(use.locks[0].pid == user.child.pid());
  CHECK_FALSE(use.locks[0].is_waiting);
}

TEST_CASE("a read transaction tells its read mark") {
  UseBench bench;
  const User user(bench,
                  [](Database& database) { database.execute("BEGIN; SELECT count(*) FROM t"); });
  const DatabaseUse use = bench.look();
  REQUIRE(use.locks.size() == 1);
  CHECK(use.locks[0].kind == DatabaseLockKind::read);
  CHECK(use.locks[0].read_mark > 0);
}

TEST_CASE("our own connections are not among the users") {
  UseBench bench;
  Database database = bench.open();
  database.execute("BEGIN IMMEDIATE");
  CHECK(bench.look().locks.empty());
  CHECK(bench.look().openers.empty());
}

TEST_CASE("an exclusive lock of a database without WAL is told") {
  UseBench bench;
  const User user(bench, [](Database& database) {
    database.execute("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
  });
  const DatabaseUse use = bench.look();
  REQUIRE(use.locks.size() == 1);
  CHECK(use.locks[0].kind == DatabaseLockKind::exclusive);
}

TEST_CASE("a write transaction without WAL is one write lock") {
  UseBench bench;
  const User user(bench, [](Database& database) {
    database.execute("PRAGMA journal_mode = DELETE; BEGIN IMMEDIATE; INSERT INTO t VALUES (3)");
  });
  const DatabaseUse use = bench.look();
  REQUIRE(use.locks.size() == 1);
  CHECK(use.locks[0].kind == DatabaseLockKind::write);
}

TEST_CASE("the writer lock and who waits for it are told") {
  UseBench bench;
  const Gate held;
  const Child holder([&] {
    PosixFs fs;
    const WriterLock lock(fs, bench.clock, bench.path, Duration::zero(), bench.stop);
    held.open();
    ::pause();
  });
  held.wait();
  const Gate waiting;
  const Child waiter([&] {
    PosixFs fs;
    const Fd file = fs.open(WriterLock::lock_path(bench.path), {.mode = OpenMode::read_write});
    waiting.open();
    ::pause();
  });
  waiting.wait();
  const DatabaseUse use = bench.look();
  REQUIRE(use.locks.size() == 2);
  CHECK(use.locks[0].kind == DatabaseLockKind::menacedb);
  CHECK(use.locks[0].pid == holder.pid());
  CHECK_FALSE(use.locks[0].is_waiting);
  CHECK(use.locks[1].pid == waiter.pid());
  CHECK(use.locks[1].is_waiting);
}

TEST_CASE("an error about a locked database names the holder") {
  UseBench bench;
  const User user(bench, [](Database& database) { database.execute("BEGIN IMMEDIATE"); });
  Database database = bench.open({.busy_timeout = std::chrono::seconds(1)});
  const Error error = error_of([&] { const Transaction transaction(database); });
  CHECK(error.code() == "database-locked");
  CHECK(error.message().find("(waited 1.0 s)") != std::string::npos);
  CHECK(error.hint().find("pid " + std::to_string(user.child.pid()) + ", '") != std::string::npos);
}

TEST_CASE("when all connections are closed nobody has the database open") {
  UseBench bench;
  {
    const User first(bench, [](Database& database) { database.execute("BEGIN IMMEDIATE"); });
    const User second(bench,
                      [](Database& database) { database.execute("BEGIN; SELECT * FROM t"); });
    CHECK(bench.look().openers.size() == 2);
  }
  CHECK(bench.look().openers.empty());
  CHECK(bench.look().locks.empty());
}

TEST_CASE("who only reads is told of everyone who is connected") {
  UseBench bench;
  CHECK(bench.connected().openers.empty());
  const User idle(bench, [](Database& database) {
    static_cast<void>(database.query_integer("SELECT count(*) FROM t"));
  });
  const User reader(bench, [](Database& database) {
    database.execute("BEGIN");
    static_cast<void>(database.query_integer("SELECT count(*) FROM t"));
  });
  const DatabaseUse use = bench.connected();
  REQUIRE(use.openers.size() == 2);
  CHECK(use.openers[0].connections == 1);
  REQUIRE(use.locks.size() == 1);
  CHECK(use.locks[0].kind == DatabaseLockKind::read);
  CHECK(use.locks[0].pid == reader.child.pid());
}
