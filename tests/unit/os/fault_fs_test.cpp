#include "tests/support/child.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fault_fs.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <signal.h>

using namespace menacedb;
using test::error_of;
using test::FaultFs;
using test::FsCall;

namespace {

constexpr OpenOptions k_append{.mode = OpenMode::append, .create = true};

} // namespace

TEST_CASE("the chosen call fails and the others do not") {
  const test::TempDir dir;
  FaultFs fs;
  const Fd file = fs.open(dir / "a", k_append);
  fs.fail(FsCall::sync, EIO, 2);
  fs.sync(file);
  const auto error = error_of([&] { fs.sync_data(file); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::io);
  fs.sync(file);
}

TEST_CASE("a lasting fault of one path spares other paths until it is healed") {
  const test::TempDir dir;
  FaultFs fs;
  fs.fail({.call = FsCall::open, .error_number = EMFILE, .is_lasting = true, .path_part = "bad"});
  (void)fs.open(dir / "good", k_append);
  CHECK(error_of([&] { (void)fs.open(dir / "bad", k_append); }));
  CHECK(error_of([&] { (void)fs.open_if_exists(dir / "bad", {}); }));
  fs.heal();
  (void)fs.open(dir / "bad", k_append);
}

TEST_CASE("faults that are answers are answered") {
  const test::TempDir dir;
  FaultFs fs;
  const Fd file = fs.open(dir / "a", k_append);
  fs.fail(FsCall::exchange, EINVAL);
  fs.fail(FsCall::set_attribute, EOPNOTSUPP);
  fs.fail(FsCall::attribute, EOPNOTSUPP);
  fs.fail(FsCall::lease, EAGAIN);
  fs.fail(FsCall::lease, EACCES, 2);
  fs.fail(FsCall::lock, EWOULDBLOCK);
  CHECK_FALSE(fs.exchange(dir / "a", dir / "b"));
  CHECK_FALSE(fs.set_attribute(file, "x", "y"));
  CHECK_FALSE(fs.attribute(file, "x"));
  CHECK(fs.has_no_writer(dir / "a") == false);
  CHECK(fs.has_no_writer(dir / "a") == std::nullopt);
  CHECK_FALSE(fs.try_lock(file, LockMode::exclusive));
}

TEST_CASE("a device that fills up writes what fits and then nothing") {
  const test::TempDir dir;
  FaultFs fs;
  const Fd file = fs.open(dir / "a", k_append);
  fs.fill_up_after(3);
  CHECK(fs.write_once(file, "abcdef") == 3);
  CHECK(error_of([&] { (void)fs.write_once(file, "def"); })->code() == "disk-full");
  fs.heal();
  fs.write_all(file, "def");
  CHECK(read_file(fs, dir / "a", 100) == "abcdef");
}

TEST_CASE("calls are recorded in order with their paths") {
  const test::TempDir dir;
  FaultFs fs;
  fs.write_all(fs.open(dir / "a", k_append), "x");
  fs.rename(dir / "a", dir / "b");
  CHECK(fs.changes() == "open write rename");
  CHECK(fs.records()[1].path == dir / "a");
  CHECK(fs.records()[2].path == (dir / "a") + " -> " + (dir / "b"));
  CHECK(fs.count(FsCall::rename) == 1);
  fs.forget_records();
  CHECK(fs.records().empty());
}

TEST_CASE("the process is killed at the chosen visit of a step") {
  FaultFs fs;
  fs.kill_at(Step::commit_after, 2);
  CHECK(test::run_in_child([&] {
          fs.reached(Step::commit_after);
          fs.reached(Step::commit_before);
        }) == test::Ended{});
  CHECK(test::run_in_child([&] {
          fs.reached(Step::commit_after);
          fs.reached(Step::commit_after);
        }) == test::Ended{.status = 0, .signal = SIGKILL});
  CHECK(fs.count(Step::commit_after) == 0);
  fs.reached(Step::append_written);
  CHECK(fs.count(Step::append_written) == 1);
}

TEST_CASE("the process is killed before the chosen change") {
  const test::TempDir dir;
  FaultFs fs;
  fs.kill_before_change(3);
  const auto ended = test::run_in_child([&] {
    fs.make_directories(dir / "one");
    (void)fs.list(dir.path());
    fs.make_directories(dir / "two");
    fs.make_directories(dir / "three");
  });
  CHECK(ended.signal == SIGKILL);
  CHECK(fs.list(dir.path()).size() == 2);
}
