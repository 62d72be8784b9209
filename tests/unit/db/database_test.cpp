#include "core/db/database.hpp"
#include "core/db/transaction.hpp"
#include "tests/support/child.hpp"
#include "tests/unit/db/bench.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <vector>

using namespace menacedb;
using namespace menacedb::test;

namespace {

namespace stdfs = std::filesystem;

void write_file(const std::string& path, std::string_view content) {
  std::ofstream(path, std::ios::binary)
      .write(content.data(), static_cast<std::streamsize>(content.size()));
}

} // namespace

TEST_CASE("a new connection has the settings of the project in force") {
  DbBench bench;
  Database database = bench.open();
  CHECK(database.query_text("PRAGMA journal_mode") == "wal");
  CHECK(database.query_integer("PRAGMA foreign_keys") == 1);
  CHECK(database.query_integer("PRAGMA temp_store") == 2);
  CHECK(database.query_integer("PRAGMA cache_size") == -32768);
  CHECK(database.query_integer("PRAGMA synchronous") == 1);
  CHECK(database.query_integer("PRAGMA wal_autocheckpoint") == 0);
  CHECK(database.query_integer("PRAGMA trusted_schema") == 1);
}

TEST_CASE("the options of a connection are in force") {
  DbBench bench;
  Database database =
      bench.open({.create = true, .cache_size = 1 << 20, .full_sync = true, .foreign_keys = false});
  CHECK(database.query_integer("PRAGMA synchronous") == 2);
  CHECK(database.query_integer("PRAGMA cache_size") == -1024);
  CHECK(database.query_integer("PRAGMA foreign_keys") == 0);
  database.set_full_sync(false);
  CHECK(database.query_integer("PRAGMA synchronous") == 1);
}

TEST_CASE("neither a large commit nor the last close checkpoints") {
  DbBench bench;
  Bytes size = 0;
  {
    Database database = bench.open();
    database.execute("CREATE TABLE t (a)");
    database.execute("INSERT INTO t SELECT zeroblob(3000) FROM (WITH RECURSIVE n(i) AS (SELECT 1 "
                     "UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT i FROM n)");
    size = database.wal_size();
    CHECK(size > 8'000'000);
  }
  CHECK(stdfs::file_size(bench.path + "-wal") == size);
  CHECK(bench.open().query_integer("SELECT count(*) FROM t") == 3000);
}

TEST_CASE("a missing file is created with its folders only when asked") {
  DbBench bench;
  bench.path = bench.directory / "some/folder/x.db";
  const Error error = error_of([&] { bench.open({}); });
  CHECK(error.kind() == ErrorKind::cannot_create);
  CHECK(error.code() == "not-found");
  CHECK(error.message() == "cannot open '" + bench.path +
                               "': unable to open database file: No such file or directory");
  CHECK_FALSE(stdfs::exists(bench.directory / "some"));
  bench.open().execute("CREATE TABLE t (a)");
  CHECK(stdfs::exists(bench.path));
}

TEST_CASE("a folder that cannot be made is reported") {
  DbBench bench;
  write_file(bench.directory / "file", "x");
  bench.path = bench.directory / "file/x.db";
  const Error error = error_of([&] { bench.open(); });
  CHECK(error.kind() == ErrorKind::cannot_create);
  CHECK(error.message() == "cannot create the folder of '" + bench.path + "': Not a directory");
}

TEST_CASE("a file that is not a database is refused and kept") {
  DbBench bench;
  const std::string content(5000, 'z');
  write_file(bench.path, content);
  const Error error = error_of([&] { bench.open(); });
  CHECK(error.kind() == ErrorKind::io);
  CHECK(error.code() == "not-a-database");
  CHECK(error.message() == "cannot open '" + bench.path + "': file is not a database");
  CHECK_FALSE(error.hint().empty());
  std::ifstream file(bench.path);
  CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == content);
}

TEST_CASE("a directory is refused as a database") {
  DbBench bench;
  bench.path = bench.directory.path();
  const Error error = error_of([&] { bench.open(); });
  CHECK(error.kind() == ErrorKind::cannot_create);
  CHECK(error.message() ==
        "cannot open '" + bench.path + "': unable to open database file: Is a directory");
}

TEST_CASE("a name that looks like a URI or a memory database is a file") {
  DbBench bench;
  for (const std::string name : {"file:x.db?mode=memory", ":memory:"}) {
    bench.path = bench.directory / name;
    bench.open().execute("CREATE TABLE t (a)");
    CHECK(stdfs::exists(bench.path));
  }
}

TEST_CASE("a full database is an error of its own kind") {
  DbBench bench;
  Database database = bench.open();
  database.execute("CREATE TABLE t (a); PRAGMA max_page_count = 5");
  const Error error = error_of([&] { database.execute("INSERT INTO t VALUES (zeroblob(99999))"); });
  CHECK(error.kind() == ErrorKind::io);
  CHECK(error.code() == "disk-full");
  CHECK(error.message() ==
        "cannot run statement on '" + bench.path + "': database or disk is full");
  CHECK(error.hint() == "df -h '" + bench.directory.path() + "'");
}

TEST_CASE("execute runs every statement of a text and stops at the first that fails") {
  DbBench bench;
  Database database = bench.open();
  database.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1); -- the end\n ; ");
  CHECK(database.query_integer("SELECT count(*) FROM t") == 1);
  const Error error = error_of([&] {
    database.execute("INSERT INTO t VALUES (2); INSERT INTO u VALUES (3); DELETE FROM t");
  });
  CHECK(error.kind() == ErrorKind::sql);
  CHECK(error.message() == "cannot run statement on '" + bench.path + "': no such table: u");
  CHECK(database.query_integer("SELECT count(*) FROM t") == 2);
}

TEST_CASE("a value query without a row is an error") {
  DbBench bench;
  Database database = bench.open();
  CHECK_THROWS_AS((void)database.query_integer("SELECT 1 WHERE 0"), Error);
  CHECK_THROWS_AS((void)database.query_text("SELECT 1 WHERE 0"), Error);
}

TEST_CASE("ids changes and versions follow the writes") {
  DbBench bench;
  Database database = bench.open();
  Database other = bench.open();
  database.execute("CREATE TABLE t (a)");
  const std::uint64_t schema = database.schema_version();
  const std::int64_t data = database.data_version();
  database.execute("INSERT INTO t VALUES (1), (2), (3)");
  CHECK(database.last_insert_id() == 3);
  CHECK(database.changes() == 3);
  CHECK(database.data_version() == data); // own commits do not count
  other.execute("CREATE TABLE u (a)");
  CHECK(database.data_version() != data);
  CHECK(database.schema_version() != schema);
}

TEST_CASE("a deferred foreign key violation is seen before the commit") {
  DbBench bench;
  Database database = bench.open();
  database.execute("CREATE TABLE p (id INTEGER PRIMARY KEY);"
                   "CREATE TABLE c (p REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED)");
  const Transaction transaction(database);
  CHECK_FALSE(database.has_deferred_violations());
  database.execute("INSERT INTO c VALUES (7)");
  CHECK(database.has_deferred_violations());
  database.execute("INSERT INTO p VALUES (7)");
  CHECK_FALSE(database.has_deferred_violations());
}

TEST_CASE("a connection can be moved with its statements") {
  DbBench bench;
  Database first = bench.open();
  first.execute("CREATE TABLE t (a)");
  (void)first.data_version();
  Statement statement = first.prepare("SELECT count(*) FROM t");
  Database second = std::move(first);
  CHECK(statement.step());
  statement.reset();
  CHECK(second.data_version() == second.data_version());
  Database third = bench.open();
  (void)third.schema_version();
  third = std::move(second);
  CHECK(third.query_integer("SELECT count(*) FROM t") == 0);
  CHECK(statement.step());
}

TEST_CASE("several processes may create the same database at the same moment") {
  DbBench bench;
  Gate go;
  std::vector<Child> children;
  for (int i = 0; i < 6; ++i) {
    children.emplace_back([&] {
      SystemClock clock;
      go.wait();
      Database database(bench.path, {.create = true}, clock, bench.stop);
      database.execute("CREATE TABLE IF NOT EXISTS t (a); INSERT INTO t VALUES (1)");
    });
  }
  for (std::size_t i = 0; i < children.size(); ++i) {
    go.open();
  }
  for (Child& child : children) {
    CHECK(child.wait() == Ended{});
  }
  CHECK(bench.open().query_integer("SELECT count(*) FROM t") == 6);
}

TEST_CASE("a table is known by its name in any case") {
  DbBench bench;
  Database database = bench.open();
  database.execute("CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t");
  CHECK(database.has_table("t"));
  CHECK(database.has_table("T"));
  CHECK_FALSE(database.has_table("v")); // a view
  CHECK_FALSE(database.has_table("u"));
  CHECK(bench.open().has_table("t")); // of a connection that has read nothing yet
}

TEST_CASE("a real path has its folder and its own links resolved whether it exists or not") {
  const TempDir directory;
  const std::string real = real_database_path(directory / ".");
  CHECK(real_database_path(directory / "a.db") == real + "/a.db");
  CHECK(real_database_path(directory / "no/such/../a.db") == real + "/no/a.db");
  std::filesystem::create_directory(directory / "folder");
  std::filesystem::create_symlink("folder", directory / "link");
  std::filesystem::create_symlink("link/b.db", directory / "dangling");
  CHECK(real_database_path(directory / "link/a.db") == real + "/folder/a.db");
  CHECK(real_database_path(directory / "dangling") == real + "/folder/b.db");
  std::filesystem::create_symlink("loop", directory / "loop");
  CHECK(real_database_path(directory / "loop") == real + "/loop");
}
