#include "core/db/online_backup.hpp"
#include "core/db/transaction.hpp"
#include "core/os/posix_fs.hpp"
#include "tests/unit/db/bench.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace menacedb;
using namespace menacedb::test;

namespace {

struct Copies : DbBench {
  PosixFs fs;
  std::string target = directory / "copy.db";

  Copies() {
    std::ofstream(target).flush();
    open().execute(
        "CREATE TABLE t(a);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) "
        "INSERT INTO t SELECT hex(randomblob(100)) FROM n");
  }
  Database open_at(const std::string& where) {
    return Database(where, {.create = true, .keeps_journal_mode = true}, clock, stop);
  }
};

} // namespace

TEST_CASE("commits of others during a copy neither restart it nor get into it") {
  Copies copies;
  Database source = copies.open();
  Database other = copies.open();
  const ReadTransaction moment(source);
  unsigned steps = 0;
  OnlineBackupOptions options;
  options.on_progress = [&](Bytes, Bytes) {
    ++steps;
    other.execute("UPDATE t SET a = 'new'");
  };
  const Bytes size = back_up_to_file(copies.fs, source, copies.target, copies.stop, options);
  CHECK(steps > 1);
  CHECK(size == std::filesystem::file_size(copies.target));
  Database copy = copies.open_at(copies.target);
  CHECK(copy.query_text("PRAGMA journal_mode") == "delete");
  CHECK(copy.query_integer("SELECT count(*) FROM t WHERE a = 'new'") == 0);
  CHECK(copy.query_integer("SELECT count(*) FROM t") == 40000);
  CHECK(copy.query_text("PRAGMA integrity_check") == "ok");
}

TEST_CASE("others see the old content or the new one while a database is overwritten") {
  Copies copies;
  Database source = copies.open();
  Database target =
      Database(copies.directory / "live.db", {.create = true}, copies.clock, copies.stop);
  target.execute("CREATE TABLE t(a); INSERT INTO t VALUES('old')");
  Database reader = copies.open_at(copies.directory / "live.db");
  const ReadTransaction moment(source);
  OnlineBackupOptions options;
  options.on_progress = [&](Bytes done, Bytes total) {
    if (done < total) {
      CHECK(reader.query_integer("SELECT count(*) FROM t") == 1);
    }
  };
  back_up_into(source, target, copies.stop, options);
  CHECK(reader.query_integer("SELECT count(*) FROM t") == 40000);
}

TEST_CASE("a stop leaves the database that was to be overwritten as it was") {
  Copies copies;
  Database source = copies.open();
  Database target = copies.open_at(copies.directory / "live.db");
  target.execute("CREATE TABLE t(a); INSERT INTO t VALUES('old')");
  const ReadTransaction moment(source);
  OnlineBackupOptions options;
  options.on_progress = [&](Bytes, Bytes) { copies.stop.request(); };
  const Error error = error_of([&] { back_up_into(source, target, copies.stop, options); });
  CHECK(error.code() == "interrupted");
  CHECK(target.query_integer("SELECT count(*) FROM t") == 1);
}

TEST_CASE("a database in WAL mode with other pages is not overwritten") {
  Copies copies;
  Database source = copies.open();
  Database target = copies.open_at(copies.directory / "live.db");
  target.execute("PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; CREATE TABLE t(a)");
  const ReadTransaction moment(source);
  const Error error = error_of([&] { back_up_into(source, target, copies.stop, {}); });
  CHECK(error.code() == "page-size");
  CHECK(target.query_integer("SELECT count(*) FROM t") == 0);
}
