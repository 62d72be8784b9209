#include "core/os/fs.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fault_fs.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <cerrno>

using namespace menacedb;
using test::error_of;
using test::FsCall;

namespace {

struct Bench {
  test::TempDir dir;
  test::FaultFs fs;

  std::string text(const std::string& name) { return read_file(fs, dir / name, 1U << 20U); }
};

} // namespace

TEST_CASE("paths are split and joined") {
  CHECK(parent_directory("a/b") == "a");
  CHECK(parent_directory("a//b//") == "a");
  CHECK(parent_directory("/a") == "/");
  CHECK(parent_directory("//a/b") == "//a");
  CHECK(parent_directory("a") == ".");
  CHECK(parent_directory("a/") == ".");
  CHECK(parent_directory("/") == "/");
  CHECK(parent_directory("") == ".");
  CHECK(join_path("a", "b") == "a/b");
  CHECK(join_path("a/", "b") == "a/b");
  CHECK(join_path("/", "b") == "/b");
  CHECK(join_path("", "b") == "b");
}

TEST_CASE("a file is replaced with a sync of the file and of its directory") {
  Bench bench;
  replace_file(bench.fs, bench.dir / "a", "one");
  CHECK(bench.fs.changes() == "open write sync rename sync_directory");
  replace_file(bench.fs, bench.dir / "a", "two");
  CHECK(bench.text("a") == "two");
  CHECK(bench.fs.list(bench.dir.path()).size() == 1);
}

TEST_CASE("a file is replaced without a sync where that is enough") {
  Bench bench;
  replace_file_unsynced(bench.fs, bench.dir / "a", "one");
  CHECK(bench.fs.changes() == "open write rename");
  replace_file_unsynced(bench.fs, bench.dir / "a", "two");
  CHECK(bench.text("a") == "two");
  CHECK(bench.fs.list(bench.dir.path()).size() == 1);
}

TEST_CASE("a replaced file keeps its mode") {
  Bench bench;
  replace_file(bench.fs, bench.dir / "a", "one");
  REQUIRE(::chmod((bench.dir / "a").c_str(), 0640) == 0);
  replace_file(bench.fs, bench.dir / "a", "two");
  CHECK(bench.fs.stat(bench.dir / "a")->mode == 0640);
}

TEST_CASE("a replacement that fails leaves the old content and no litter") {
  for (const FsCall call : {FsCall::write, FsCall::sync, FsCall::rename}) {
    Bench bench;
    replace_file(bench.fs, bench.dir / "a", "old");
    bench.fs.fail(call, EIO);
    CAPTURE(test::call_word(call));
    CHECK(error_of([&] { replace_file(bench.fs, bench.dir / "a", "new"); }));
    CHECK(bench.text("a") == "old");
    CHECK(bench.fs.list(bench.dir.path()).size() == 1);
  }
}

TEST_CASE("write-all goes on after a short write and throws on the next failure") {
  Bench bench;
  const Fd file = bench.fs.open(bench.dir / "a", {.mode = OpenMode::append, .create = true});
  bench.fs.fill_up_after(4);
  const auto error = error_of([&] { bench.fs.write_all(file, "abcdef"); });
  REQUIRE(error);
  CHECK(error->code() == "disk-full");
  CHECK(bench.text("a") == "abcd");
}

TEST_CASE("a file is read whole up to the limit") {
  Bench bench;
  const std::string content(100000, 'x');
  replace_file(bench.fs, bench.dir / "a", content);
  CHECK(read_file(bench.fs, bench.dir / "a", content.size()) == content);
  const auto error =
      error_of([&] { (void)read_file(bench.fs, bench.dir / "a", content.size() - 1); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::bad_input);
  CHECK(error->code() == "too-large");
}

TEST_CASE("an empty file is read as nothing") {
  Bench bench;
  replace_file(bench.fs, bench.dir / "a", "");
  CHECK(read_file(bench.fs, bench.dir / "a", 0).empty());
}

TEST_CASE("files of proc are read though they have no size") {
  test::FaultFs fs;
  CHECK(read_file(fs, "/proc/self/status", 1U << 20U).size() > 100);
}

TEST_CASE("what is not a file is not read") {
  Bench bench;
  REQUIRE(::mkfifo((bench.dir / "fifo").c_str(), 0600) == 0);
  for (const std::string& path : {bench.dir.path(), bench.dir / "fifo"}) {
    const auto error = error_of([&] { (void)read_file(bench.fs, path, 100); });
    REQUIRE(error);
    CHECK(error->message() == "cannot read '" + path + "': it is not a regular file");
  }
}
