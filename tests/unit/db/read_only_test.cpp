#include "core/db/checkpoint.hpp"
#include "core/db/transaction.hpp"
#include "tests/support/child.hpp"
#include "tests/unit/db/bench.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

namespace stdfs = std::filesystem;

// As another program leaves a WAL database: everything in the file, nothing beside it.
void make_closed_wal_database(DbBench& bench) {
  {
    Database database = bench.open();
    Database guard = bench.open();
    database.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
    REQUIRE_FALSE(checkpoint(guard, database, CheckpointMode::truncate).is_blocked);
  }
  stdfs::remove(bench.path + "-wal");
  stdfs::remove(bench.path + "-shm");
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Its last user has removed -shm already; -wal goes as soon as somebody waits.
void make_closing_wal_database(DbBench& bench, FakeClock& clock) {
  make_closed_wal_database(bench);
  const std::string wal = bench.path + "-wal";
  std::ofstream(wal) << "";
  clock.on_sleep([wal](Duration) { stdfs::remove(wal); });
}

} // namespace

TEST_CASE("a read-only connection reads and refuses to write") {
  DbBench bench;
  Database writer = bench.open();
  writer.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  Database reader = bench.open({.read_only = true});
  CHECK(reader.query_integer("SELECT count(*) FROM t") == 1);
  const Error error = error_of([&] { reader.execute("INSERT INTO t VALUES (2)"); });
  CHECK(error.kind() == ErrorKind::denied);
  CHECK(error.code() == "read-only");
  CHECK(error.message() ==
        "cannot run statement on '" + bench.path + "': attempt to write a readonly database");
}

TEST_CASE("a read-only open does not leave files beside a closed WAL database") {
  DbBench bench;
  make_closed_wal_database(bench);
  CHECK_FALSE(Database::can_open_without_traces(bench.path));
  const Error error = error_of([&] { bench.open({.read_only = true}); });
  CHECK(error.kind() == ErrorKind::unavailable);
  CHECK(error.code() == "wal-closed");
  CHECK(error.message() == "cannot open '" + bench.path +
                               "' read-only: no program has it open, and reading it would leave "
                               "-wal and -shm files behind");
  CHECK_FALSE(stdfs::exists(bench.path + "-wal"));
  CHECK_FALSE(stdfs::exists(bench.path + "-shm"));
  Database opened = bench.open();
  CHECK(Database::can_open_without_traces(bench.path));
}

TEST_CASE("a WAL database that is just being closed is read when it is") {
  DbBench bench;
  FakeClock clock;
  make_closing_wal_database(bench, clock);
  Database database(bench.path, {.read_only = true, .accepts_snapshot = true}, clock, bench.stop);
  CHECK(database.query_integer("SELECT count(*) FROM sqlite_schema") >= 1);
  CHECK_FALSE(stdfs::exists(bench.path + "-shm"));
}

TEST_CASE("a WAL database that is just being closed is attached when it is") {
  DbBench bench;
  FakeClock clock;
  make_closing_wal_database(bench, clock);
  Database database = Database::in_memory({}, clock, bench.stop);
  database.attach(bench.path, "other", {.read_only = true, .accepts_snapshot = true});
  CHECK(database.query_integer("SELECT count(*) FROM other.sqlite_schema") >= 1);
  CHECK_FALSE(stdfs::exists(bench.path + "-shm"));
}

TEST_CASE("a database with a rollback journal is opened read-only as it is") {
  DbBench bench;
  bench.open().execute("CREATE TABLE t (a); PRAGMA journal_mode = DELETE");
  CHECK(Database::can_open_without_traces(bench.path));
  Database reader = bench.open({.read_only = true});
  CHECK(reader.query_integer("SELECT count(*) FROM t") == 0);
  CHECK(reader.query_text("PRAGMA journal_mode") == "delete");
  CHECK_FALSE(stdfs::exists(bench.path + "-wal"));
}

TEST_CASE("what is not there or no database can be opened without traces") {
  DbBench bench;
  CHECK(Database::can_open_without_traces(bench.path));
  CHECK(Database::can_open_without_traces(bench.directory.path()));
}

TEST_CASE("looking at the header of an open database keeps its locks") {
  DbBench bench;
  Gate look;
  Child other([&] {
    look.wait();
    SystemClock clock;
    const Error error = error_of([&] {
      Database database(bench.path, {.busy_timeout = Duration::zero()}, clock, bench.stop);
    });
    ::_exit(error.kind() == ErrorKind::busy ? 0 : 1);
  });
  Database database = bench.open();
  database.execute("CREATE TABLE t (a); PRAGMA journal_mode = DELETE");
  database.execute("BEGIN EXCLUSIVE");
  CHECK(Database::can_open_without_traces(bench.path));
  look.open();
  CHECK(other.wait() == Ended{});
  database.execute("ROLLBACK");
}

TEST_CASE("a file that may not be written is refused by a connection that would write") {
  DbBench bench;
  make_closed_wal_database(bench);
  stdfs::permissions(bench.directory.path(), stdfs::perms(0755));
  stdfs::permissions(bench.path, stdfs::perms(0444));
  const Ended ended = run_in_child([&] {
    if (::geteuid() == 0 && ::seteuid(65534) != 0) { // root may write anything
      ::_exit(2);
    }
    const Error error = error_of([&] { bench.open({}); });
    const bool is_right =
        error.kind() == ErrorKind::denied && error.code() == "read-only" &&
        error.message() == "cannot open '" + bench.path + "' for writing: it is read-only" &&
        error.hint() == "ls -ld '" + bench.directory.path() + "' '" + bench.path + "'";
    ::_exit(is_right ? 0 : 1);
  });
  CHECK(ended == Ended{});
}

TEST_CASE("a file that may not be read is reported as a matter of permission") {
  DbBench bench;
  make_closed_wal_database(bench);
  stdfs::permissions(bench.directory.path(), stdfs::perms(0755));
  stdfs::permissions(bench.path, stdfs::perms(0000));
  const Ended ended = run_in_child([&] {
    if (::geteuid() == 0 && ::seteuid(65534) != 0) {
      ::_exit(2);
    }
    const Error error = error_of([&] { bench.open({}); });
    ::_exit(error.kind() == ErrorKind::denied && error.code() == "permission" ? 0 : 1);
  });
  CHECK(ended == Ended{});
}

TEST_CASE("a file attached to a database in memory is read without traces") {
  DbBench bench;
  make_closed_wal_database(bench);
  Database memory = Database::in_memory({}, bench.clock, bench.stop);
  memory.attach(bench.path, "odd \"name", {.read_only = true, .accepts_snapshot = true});
  CHECK(memory.query_integer("SELECT a FROM t") == 1);
  CHECK(error_of([&] { memory.execute("DELETE FROM t"); }).code() == "read-only");
  CHECK_FALSE(stdfs::exists(bench.path + "-wal"));
  CHECK_FALSE(stdfs::exists(bench.path + "-shm"));
  const Error error = error_of([&] { memory.execute("SELECT * FROM no_table", "run it on"); });
  CHECK(error.message() == "cannot run it: no such table: no_table");
}

TEST_CASE("a file attached for writing is in WAL mode and has its own settings") {
  DbBench bench;
  bench.path = bench.directory / "a%b?c#d.db";
  Database memory = Database::in_memory({}, bench.clock, bench.stop);
  CHECK(error_of([&] { memory.attach(bench.path, "s", {}); }).kind() == ErrorKind::cannot_create);
  memory.attach(bench.path, "s", {.create = true, .full_sync = true});
  memory.execute("CREATE TABLE s.t (a); INSERT INTO t VALUES (1)");
  CHECK(memory.query_text("PRAGMA s.journal_mode") == "wal");
  CHECK(memory.query_integer("PRAGMA s.synchronous") == 2);
  CHECK(stdfs::exists(bench.path));
  CHECK(bench.open({}).query_integer("SELECT a FROM t") == 1);
}

TEST_CASE(
    "a connection that leaves the shared memory alone reads the WAL of a program that is gone") {
  DbBench bench;
  CHECK(run_in_child([&] {
          Database database = bench.open();
          database.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)");
          ::_exit(0); // not closed
        }).status == 0);
  const auto shm = content_of(bench.path + "-shm");
  Database reader = bench.open({.read_only = true, .leaves_shm_alone = true});
  CHECK(reader.query_integer("SELECT count(*) FROM t") == 2);
  CHECK(content_of(bench.path + "-shm") == shm);
}

TEST_CASE("a connection that leaves the shared memory alone sees what others commit beside it") {
  DbBench bench;
  Gate created;
  Gate counted;
  Gate changed;
  Child reader([&] {
    created.wait();
    Database database = bench.open({.read_only = true, .leaves_shm_alone = true});
    const bool was_empty = database.query_integer("SELECT count(*) FROM t") == 0;
    counted.open();
    changed.wait();
    ::_exit(was_empty && database.query_integer("SELECT count(*) FROM t") == 1 ? 0 : 1);
  });
  Database writer = bench.open();
  writer.execute("CREATE TABLE t (a)");
  created.open();
  counted.wait();
  writer.execute("INSERT INTO t VALUES (1)");
  changed.open();
  CHECK(reader.wait().status == 0);
}
