#include "core/base/error.hpp"
#include "core/queue/appender.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fault_fs.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace menacedb;
using menacedb::test::FsCall;

namespace {

struct Bench {
  test::TempDir directory;
  test::FaultFs fs;
  test::FakeClock clock;
  Spool spool{fs, clock, directory / "q"};
  Appender appender{fs, spool, {"alpha", 5}};

  [[nodiscard]] static std::string read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  [[nodiscard]] std::string active() const { return read(appender.path()); }
  [[nodiscard]] std::string code_of_append(std::string_view lines, bool durable = false) {
    try {
      appender.append(lines, durable);
      return "";
    } catch (const Error& error) {
      return error.code();
    }
  }
};

} // namespace

TEST_CASE("append creates the directories and writes whole lines at the end") {
  Bench bench;
  bench.appender.append("{\"a\":1}\n", false);
  bench.appender.append("{\"a\":2}\n{\"a\":3}\n", false);
  CHECK(bench.active() == "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
}

TEST_CASE("the first append of a process needs no call more than it must") {
  Bench bench;
  bench.appender.append("1\n", false);
  bench.fs.forget_records();
  Appender fresh(bench.fs, bench.spool, {"alpha", 5});
  fresh.append("2\n", false);
  std::string calls;
  for (const auto& record : bench.fs.records()) {
    calls.append(test::call_word(record.call)).append(" ");
  }
  CHECK(calls == "open lock stat stat read write unlock ");
}

TEST_CASE("a durable append syncs the file after unlocking and the directory once") {
  Bench bench;
  bench.appender.append("1\n", false);
  bench.fs.forget_records();
  bench.appender.append("2\n", true);
  bench.appender.append("3\n", true);
  std::string calls;
  for (const auto& record : bench.fs.records()) {
    if (record.call != FsCall::stat && record.call != FsCall::read) {
      calls.append(test::call_word(record.call)).append(" ");
    }
  }
  CHECK(calls == "lock write unlock sync attribute sync_directory set_attribute "
                 "lock write unlock sync ");
}

TEST_CASE("a later process does not sync the directory again") {
  Bench bench;
  bench.appender.append("first\n", true);
  bench.fs.forget_records();
  Appender(bench.fs, bench.spool, {"alpha", 5}).append("second\n", true);
  CHECK(bench.fs.count(FsCall::sync_directory) == 0);
  CHECK(bench.fs.count(FsCall::sync) == 1);
}

TEST_CASE("an appender notices that its file was sealed or removed") {
  Bench bench;
  bench.appender.append("1\n", false);
  std::filesystem::rename(bench.appender.path(), bench.directory / "q/moved");
  bench.appender.append("2\n", false);
  CHECK(bench.active() == "2\n");
  CHECK(Bench::read(bench.directory / "q/moved") == "1\n");
}

TEST_CASE("an appender notices that its path is another file by now") {
  Bench bench;
  bench.appender.append("1\n", false);
  std::filesystem::rename(bench.appender.path(), bench.directory / "q/moved");
  std::ofstream(bench.appender.path()) << "a\n";
  bench.appender.append("2\n", false);
  CHECK(bench.active() == "a\n2\n");
}

TEST_CASE("a torn tail is sealed as it is and the line goes to the new file") {
  Bench bench;
  bench.appender.append("1\n", false);
  std::ofstream(bench.appender.path(), std::ios::app) << "{\"to";
  bench.appender.append("2\n", false);
  CHECK(bench.active() == "2\n");
  const auto sealed = bench.spool.sealed();
  REQUIRE(sealed.size() == 1);
  CHECK(Bench::read(sealed[0].path) == "1\n{\"to");
}

TEST_CASE("a disk that fills up in the middle of a line leaves nothing of it") {
  Bench bench;
  bench.appender.append("1\n", false);
  bench.fs.fill_up_after(5);
  CHECK(bench.code_of_append("{\"a\":\"too long\"}\n") == "disk-full");
  CHECK(bench.active() == "1\n");
  bench.fs.heal();
  bench.appender.append("2\n", false);
  CHECK(bench.active() == "1\n2\n");
}

TEST_CASE("a failed sync says that the lines are queued all the same") {
  Bench bench;
  bench.fs.fail(FsCall::sync, EIO);
  CHECK(bench.code_of_append("1\n", true) == "append-unsynced");
  CHECK(bench.active() == "1\n");
}

TEST_CASE("links FIFOs and directories are not appended to") {
  Bench bench;
  std::filesystem::create_directories(bench.directory / "q");
  const std::string path = bench.appender.path();
  SUBCASE("symbolic link") {
    std::filesystem::create_symlink(bench.directory / "outside", path);
  }
  SUBCASE("dangling symbolic link") {
    std::filesystem::create_symlink("nowhere", path);
  }
  SUBCASE("hard link") {
    std::ofstream(bench.directory / "outside") << "x\n";
    std::filesystem::create_hard_link(bench.directory / "outside", path);
  }
  SUBCASE("FIFO") {
    REQUIRE(::mkfifo(path.c_str(), 0666) == 0);
  }
  SUBCASE("directory") {
    std::filesystem::create_directory(path);
  }
  CHECK(bench.code_of_append("1\n") == "stray");
}

TEST_CASE("the text for a hard link says what to do") {
  Bench bench;
  bench.appender.append("1\n", false);
  std::filesystem::create_hard_link(bench.appender.path(), bench.directory / "other");
  try {
    bench.appender.append("2\n", false);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::denied);
    CHECK(error.message() ==
          "cannot append to '" + bench.appender.path() + "': it has 2 hard links");
    CHECK(error.hint() == "a queue file is a regular file with one link: move that one away");
  }
}
