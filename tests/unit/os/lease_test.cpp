#include "core/os/posix_fs.hpp"
#include "tests/support/child.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

using namespace menacedb;

namespace {

struct Bench {
  test::TempDir dir;
  PosixFs fs;
  std::string path = dir / "a";

  Bench() { (void)open_to_write(); }
  Fd open_to_write() { return fs.open(path, {.mode = OpenMode::append, .create = true}); }
};

bool has_leases() {
  Bench bench;
  return bench.fs.has_no_writer(bench.path).has_value();
}

} // namespace

TEST_CASE("a file that nobody has open has no writer") {
  Bench bench;
  CHECK(bench.fs.has_no_writer(bench.path).value_or(true));
}

TEST_CASE("a reader is no writer") {
  Bench bench;
  const Fd reader = bench.fs.open(bench.path, {});
  CHECK(bench.fs.has_no_writer(bench.path).value_or(true));
}

TEST_CASE("a writer of this process is seen until it closes the file") {
  if (!has_leases()) {
    MESSAGE("this file system has no leases");
    return;
  }
  Bench bench;
  Fd writer = bench.open_to_write();
  CHECK(bench.fs.has_no_writer(bench.path) == false);
  writer.close();
  CHECK(bench.fs.has_no_writer(bench.path) == true);
}

TEST_CASE("a writer in another process is seen until it ends") {
  if (!has_leases()) {
    MESSAGE("this file system has no leases");
    return;
  }
  Bench bench;
  const test::Gate is_open;
  const test::Gate may_end;
  test::Child writer([&] {
    const Fd file = bench.open_to_write();
    is_open.open();
    may_end.wait();
  });
  is_open.wait();
  CHECK(bench.fs.has_no_writer(bench.path) == false);
  may_end.open();
  CHECK(writer.wait() == test::Ended{});
  CHECK(bench.fs.has_no_writer(bench.path) == true);
}

TEST_CASE("an open to write waits until the holder of a lease gives it back") {
  if (!has_leases()) {
    MESSAGE("this file system has no leases");
    return;
  }
  Bench bench;
  const test::Gate is_leased;
  test::Child holder([&] {
    sigset_t broken;
    ::sigemptyset(&broken);
    ::sigaddset(&broken, SIGIO);
    ::sigprocmask(SIG_BLOCK, &broken, nullptr);
    const Fd file = bench.fs.open(bench.path, {});
    const bool is_granted = ::fcntl(file.get(), F_SETLEASE, F_RDLCK) == 0;
    is_leased.open();
    int signal = 0;
    ::sigwait(&broken, &signal);
    ::_exit(is_granted && ::fcntl(file.get(), F_SETLEASE, F_UNLCK) == 0 ? 0 : 1);
  });
  is_leased.wait();
  CHECK(bench.open_to_write());
  CHECK(holder.wait() == test::Ended{});
}

TEST_CASE("neither side is hurt when writers open the file while a lease is asked for") {
  Bench bench;
  constexpr int rounds = 3000;
  const test::Gate go;
  test::Child writer([&] {
    go.wait();
    for (int i = 0; i < rounds; ++i) {
      bench.fs.write_all(bench.open_to_write(), "x");
    }
  });
  test::Child prober([&] {
    go.wait();
    for (int i = 0; i < rounds; ++i) {
      (void)bench.fs.has_no_writer(bench.path);
    }
  });
  go.open();
  go.open();
  CHECK(prober.wait() == test::Ended{});
  CHECK(writer.wait() == test::Ended{});
  CHECK(bench.fs.stat(bench.path)->size == rounds);
}

TEST_CASE("whether a missing file has writers is an error") {
  Bench bench;
  const auto error = test::error_of([&] { (void)bench.fs.has_no_writer(bench.dir / "no"); });
  REQUIRE(error);
  CHECK(error->code() == "not-found");
}

TEST_CASE("there is no answer about a file of another user") {
  const auto ended = test::run_in_child([] {
    PosixFs fs;
    if (::geteuid() == 0 && ::setuid(65534) != 0) {
      ::_exit(1);
    }
    ::_exit(fs.has_no_writer("/etc/passwd") == std::nullopt ? 0 : 2);
  });
  CHECK(ended == test::Ended{});
}
