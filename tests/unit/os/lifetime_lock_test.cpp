#include "core/os/lifetime_lock.hpp"
#include "core/os/posix_fs.hpp"
#include "core/os/process.hpp"
#include "tests/support/child.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <signal.h>
#include <unistd.h>

using namespace menacedb;
using menacedb::test::Child;
using menacedb::test::Gate;

namespace {

struct Bench {
  test::TempDir dir;
  PosixFs fs;
  std::string path = dir / "lock";
};

// Holds the lock until it is killed.
Child hold(Bench& bench, const Gate& held) {
  return Child([&] {
    const auto lock = LifetimeLock::try_acquire(bench.fs, bench.path);
    if (lock) {
      held.open();
    }
    ::pause();
  });
}

} // namespace

TEST_CASE("nobody holds a lock that does not exist or was given back") {
  Bench bench;
  CHECK_FALSE(lifetime_lock_holder(bench.fs, bench.path));
  { const auto lock = LifetimeLock::try_acquire(bench.fs, bench.path); }
  CHECK_FALSE(lifetime_lock_holder(bench.fs, bench.path));
}

TEST_CASE("the kernel names the holder and lets nobody else in") {
  Bench bench;
  const Gate held;
  const Child holder = hold(bench, held);
  held.wait();
  CHECK(lifetime_lock_holder(bench.fs, bench.path) == holder.pid());
  CHECK_FALSE(LifetimeLock::try_acquire(bench.fs, bench.path));
}

TEST_CASE("a holder that is killed holds nothing") {
  Bench bench;
  const Gate held;
  Child holder = hold(bench, held);
  held.wait();
  holder.kill(SIGKILL);
  (void)holder.wait();
  CHECK_FALSE(lifetime_lock_holder(bench.fs, bench.path));
  CHECK(LifetimeLock::try_acquire(bench.fs, bench.path));
}

TEST_CASE("what a lock file says is of no account") {
  Bench bench;
  bench.fs.write_all(bench.fs.open(bench.path, {.mode = OpenMode::append, .create = true}),
                     std::to_string(process_id()) + " 2026-01-02T03:04:05Z menacedb worker\n");
  CHECK_FALSE(lifetime_lock_holder(bench.fs, bench.path));
  CHECK(LifetimeLock::try_acquire(bench.fs, bench.path));
}

TEST_CASE("a lock file that was deleted is made anew") {
  Bench bench;
  const Gate held;
  const Child holder = hold(bench, held);
  held.wait();
  std::filesystem::remove(bench.path);
  CHECK(LifetimeLock::try_acquire(bench.fs, bench.path));
}
