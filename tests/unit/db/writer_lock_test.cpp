#include "core/db/writer_lock.hpp"
#include "core/os/posix_fs.hpp"
#include "tests/support/child.hpp"
#include "tests/unit/db/bench.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <optional>

using namespace menacedb;
using namespace menacedb::test;

namespace {

constexpr Duration k_no_patience = Duration::zero();

} // namespace

TEST_CASE("the writer lock names its holder when the wait is over") {
  DbBench bench;
  PosixFs fs;
  Gate locked;
  Gate done;
  Child holder([&] {
    FakeClock clock;
    const WriterLock lock(fs, clock, bench.path, k_no_patience, bench.stop);
    locked.open();
    done.wait();
  });
  locked.wait();
  bench.clock.advance(std::chrono::milliseconds(1200));
  const Error error = error_of([&] {
    const WriterLock lock(fs, bench.clock, bench.path, std::chrono::seconds(2), bench.stop);
  });
  CHECK(error.kind() == ErrorKind::busy);
  CHECK(error.code() == "writer-locked");
  CHECK(error.hint() == "menacedb locks");
  const std::string begin =
      fmt::format("cannot lock '{}' for writing: pid {}, '", bench.path, holder.pid());
  CHECK_MESSAGE(error.message().starts_with(begin), error.message());
  CHECK_MESSAGE(error.message().ends_with("', holds it for 3.2 s (waited 2.0 s)"), error.message());
  done.open();
  CHECK(holder.wait() == Ended{});
}

TEST_CASE("the writer lock is free again when its holder is gone") {
  DbBench bench;
  PosixFs fs;
  std::optional<WriterLock> lock;
  lock.emplace(fs, bench.clock, bench.path, k_no_patience, bench.stop);
  CHECK_THROWS_AS(WriterLock(fs, bench.clock, bench.path, k_no_patience, bench.stop), Error);
  lock.reset();
  lock.emplace(fs, bench.clock, bench.path, k_no_patience, bench.stop);
}

TEST_CASE("a stop ends the wait for the writer lock") {
  DbBench bench;
  PosixFs fs;
  const WriterLock lock(fs, bench.clock, bench.path, k_no_patience, bench.stop);
  bench.stop.request();
  const Error error = error_of([&] {
    const WriterLock second(fs, bench.clock, bench.path, std::chrono::seconds(9), bench.stop);
  });
  CHECK(error.kind() == ErrorKind::busy);
  CHECK(bench.clock.slept() < std::chrono::seconds(9));
}

TEST_CASE("every spelling of a path gives one lock file beside the real file") {
  const TempDir directory;
  namespace stdfs = std::filesystem;
  stdfs::create_directory(directory / "real");
  stdfs::create_directory_symlink("real", directory / "linked");
  stdfs::create_symlink("real/x.db", directory / "to-file"); // its target does not exist yet
  stdfs::create_symlink("to-file", directory / "to-link");
  const std::string expected =
      stdfs::canonical(directory / "real").string() + "/x.db-menacedb.lock";
  CHECK(WriterLock::lock_path(directory / "real/x.db") == expected);
  CHECK(WriterLock::lock_path(directory / "linked/x.db") == expected);
  CHECK(WriterLock::lock_path(directory / "real/../linked/./x.db") == expected);
  CHECK(WriterLock::lock_path(directory / "to-file") == expected);
  CHECK(WriterLock::lock_path(directory / "to-link") == expected);
}

TEST_CASE("links in a circle end") {
  const TempDir directory;
  std::filesystem::create_symlink("b", directory / "a");
  std::filesystem::create_symlink("a", directory / "b");
  CHECK_FALSE(real_database_path(directory / "a").empty());
}

TEST_CASE("a database opened through a link is the file behind it") {
  DbBench bench;
  std::filesystem::create_symlink("real.db", bench.path);
  Database database = bench.open();
  database.execute("CREATE TABLE t (a)");
  CHECK(database.path() == bench.path);
  CHECK(std::filesystem::exists(bench.directory / "real.db"));
  CHECK(std::filesystem::exists(bench.directory / "real.db-wal"));
  CHECK(database.wal_size() > 0);
}
