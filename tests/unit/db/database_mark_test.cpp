#include "core/db/checkpoint.hpp"
#include "core/db/database_mark.hpp"
#include "core/os/posix_fs.hpp"
#include "tests/support/child.hpp"
#include "tests/unit/db/bench.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace menacedb;
using namespace menacedb::test;
using namespace std::chrono_literals;

namespace {

namespace stdfs = std::filesystem;

struct MarkBench : DbBench {
  PosixFs fs;

  MarkBench() { run("CREATE TABLE t (a); INSERT INTO t VALUES (1)"); }
  void run(const std::string& sql) { open().execute(sql); }
  [[nodiscard]] std::optional<DatabaseMark> mark() { return database_mark(fs, path); }
  // A mark is the same until `change`, and another one after it.
  void check_change(const std::function<void()>& change) {
    const auto before = mark();
    REQUIRE(before);
    CHECK(mark() == before);
    change();
    const auto after = mark();
    REQUIRE(after);
    CHECK_FALSE(after == before);
  }
};

// Another process with the database open, after some SQL.
struct OtherConnection {
  Gate ready;
  Gate more;
  Gate done;
  Child child;

  OtherConnection(DbBench& bench, const std::string& first, const std::string& second = "")
      : child([&, second] {
          Database database = bench.open();
          database.execute(first);
          ready.open();
          more.wait();
          database.execute(second);
          done.open();
          ::pause();
        }) {
    ready.wait();
  }
  void go_on() const {
    more.open();
    done.wait();
  }
};

} // namespace

TEST_CASE("a commit changes the mark of a database that nobody has open") {
  MarkBench bench;
  bench.check_change([&] { bench.run("INSERT INTO t VALUES (2)"); });
}

TEST_CASE("a commit changes the mark of a database that others have open") {
  MarkBench bench;
  const OtherConnection other(bench, "SELECT * FROM t", "INSERT INTO t VALUES (2)");
  bench.check_change([&] { other.go_on(); });
}

TEST_CASE("what the WAL was given changes the mark only when its index says so") {
  MarkBench bench;
  const OtherConnection other(bench, "SELECT * FROM t");
  bench.check_change([&] {
    std::fstream index(bench.path + "-shm", std::ios::in | std::ios::out | std::ios::binary);
    for (const int copy : {0, 48}) {
      index.seekp(copy + 8).write("\x7f", 1);
    }
  });
}

TEST_CASE("it matters to the mark whether somebody is connected") {
  MarkBench bench;
  const auto alone = bench.mark();
  {
    const OtherConnection other(bench, "SELECT * FROM t");
    const auto connected = bench.mark();
    REQUIRE(connected);
    CHECK(connected->text.find(" connected ") != std::string::npos);
  }
  REQUIRE(alone);
  CHECK(alone->text.find(" alone ") != std::string::npos);
}

TEST_CASE("a checkpoint changes the mark") {
  for (const CheckpointMode mode : {CheckpointMode::passive, CheckpointMode::truncate}) {
    MarkBench bench;
    bench.check_change([&] {
      Database database = bench.open();
      Database guard = bench.open();
      REQUIRE_FALSE(checkpoint(guard, database, mode).is_blocked);
    });
  }
}

TEST_CASE("a database without a WAL has a mark that writes and replacements change") {
  MarkBench bench;
  bench.run("PRAGMA journal_mode = DELETE");
  REQUIRE_FALSE(stdfs::exists(bench.path + "-wal"));
  DatabaseOptions options;
  options.keeps_journal_mode = true;
  bench.check_change([&] {
    Database(bench.path, options, bench.clock, bench.stop).execute("INSERT INTO t VALUES (2)");
  });
  bench.check_change([&] {
    stdfs::copy_file(bench.path, bench.path + ".copy");
    stdfs::rename(bench.path + ".copy", bench.path);
  });
}

TEST_CASE("other rights on a file change the mark") {
  MarkBench bench;
  for (const char* const suffix : {"", "-wal"}) {
    bench.check_change([&] { stdfs::permissions(bench.path + suffix, stdfs::perms::owner_read); });
  }
}

TEST_CASE("there is no mark of what others keep to themselves") {
  MarkBench bench;
  const OtherConnection other(bench, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  CHECK_FALSE(bench.mark());
}

TEST_CASE("there is no mark of a database without all of its files") {
  for (const char* const suffix : {"", "-wal", "-shm"}) {
    MarkBench bench;
    stdfs::remove(bench.path + suffix);
    CHECK_FALSE(bench.mark());
  }
}

TEST_CASE("there is no mark while the header of the WAL index is being written") {
  MarkBench bench;
  std::fstream index(bench.path + "-shm", std::ios::in | std::ios::out | std::ios::binary);
  index.seekp(48 + 8).write("\xff", 1);
  index.close();
  CHECK_FALSE(bench.mark());
  stdfs::resize_file(bench.path + "-shm", 3); // as the first connection finds or leaves it
  CHECK_FALSE(bench.mark());
}

TEST_CASE("there is no mark where a file is no regular one") {
  MarkBench bench;
  const std::string file = bench.path + ".moved";
  stdfs::rename(bench.path, file);
  stdfs::create_symlink(file, bench.path);
  CHECK_FALSE(bench.mark());
  stdfs::remove(bench.path);
  stdfs::create_directory(bench.path);
  CHECK_FALSE(bench.mark());
}

TEST_CASE("a mark tells later writes only once the clock of the files has gone on") {
  MarkBench bench;
  const auto mark = bench.mark();
  REQUIRE(mark);
  const bool is_coarse = mark->changed_at.time_since_epoch() % 1s == 0s;
  CHECK_FALSE(tells_later_writes(bench.fs, bench.path, *mark, mark->changed_at - 1h));
  CHECK_FALSE(tells_later_writes(bench.fs, bench.path, *mark, mark->changed_at + 90ms));
  CHECK(tells_later_writes(bench.fs, bench.path, *mark, mark->changed_at + 200ms) == !is_coarse);
  const DatabaseMark coarse{mark->text, std::chrono::floor<std::chrono::seconds>(mark->changed_at)};
  CHECK_FALSE(tells_later_writes(bench.fs, bench.path, coarse, coarse.changed_at + 2s));
  CHECK(tells_later_writes(bench.fs, bench.path, coarse, coarse.changed_at + 4s));
}

TEST_CASE("a mark tells nothing while there is a rollback journal") {
  MarkBench bench;
  const auto mark = bench.mark();
  REQUIRE(mark);
  CHECK(tells_later_writes(bench.fs, bench.path, *mark, mark->changed_at + 1h));
  std::ofstream(bench.path + "-journal") << "x";
  CHECK_FALSE(tells_later_writes(bench.fs, bench.path, *mark, mark->changed_at + 1h));
}
