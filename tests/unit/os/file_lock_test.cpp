#include "core/os/file_lock.hpp"
#include "core/os/kept_lock.hpp"
#include "core/os/posix_fs.hpp"
#include "core/os/process.hpp"
#include "tests/support/child.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fault_fs.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <unistd.h>

using namespace menacedb;
using namespace std::chrono_literals;
using test::error_of;

namespace {

struct Bench {
  test::TempDir dir;
  test::FaultFs fs;
  test::FakeClock clock;
  StopFlag stop;
  std::string path = dir / "db-menacedb.lock";

  FileLock acquire(Duration patience = 0s) {
    return FileLock::acquire(fs, clock, path, patience, stop);
  }
  bool is_free() { return FileLock::try_acquire(fs, clock, path).has_value(); }
  std::string text() { return read_file(fs, path, 4096); }
};

} // namespace

TEST_CASE("a lock excludes others until its holder lets go") {
  Bench bench;
  {
    const FileLock lock = bench.acquire();
    CHECK_FALSE(bench.is_free());
  }
  CHECK(bench.is_free());
}

TEST_CASE("a moved lock is still held once") {
  Bench bench;
  auto first = std::make_optional(bench.acquire());
  auto second = std::make_optional(std::move(*first));
  first.reset();
  CHECK_FALSE(bench.is_free());
  second.reset();
  CHECK(bench.is_free());
}

TEST_CASE("a waiter that runs out of patience names the holder") {
  Bench bench;
  const FileLock lock = bench.acquire();
  bench.clock.advance(3200ms);
  const auto error = error_of([&] { (void)bench.acquire(10s); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::busy);
  CHECK(error->code() == "lock-timeout");
  CHECK(error->message() == fmt::format("cannot lock '{}': pid {}, '{}', holds it for 13.2 s "
                                        "(waited 10.0 s)",
                                        bench.path, ::getpid(), own_command()));
}

TEST_CASE("no patience means one try") {
  Bench bench;
  const FileLock lock = bench.acquire();
  CHECK(error_of([&] { (void)bench.acquire(0s); }));
  CHECK(bench.clock.slept() == 0s);
}

TEST_CASE("waits are an eighth of the time so far and one to twenty-five milliseconds") {
  Bench bench;
  const FileLock lock = bench.acquire();
  std::vector<Duration> waits;
  bench.clock.on_sleep([&](Duration wait) { waits.push_back(wait); });
  CHECK(error_of([&] { (void)bench.acquire(1s); }));
  CHECK(bench.clock.slept() == 1s);
  REQUIRE(waits.size() > 2);
  waits.pop_back(); // what was left
  CHECK(waits.front() == 1ms);
  CHECK(waits.back() == 25ms);
  CHECK(std::ranges::is_sorted(waits));
  Duration before{};
  for (const Duration wait : waits) {
    CHECK(wait == std::clamp<Duration>(before / 8, 1ms, 25ms));
    before += wait;
  }
}

TEST_CASE("a waiter gets the lock when it becomes free") {
  Bench bench;
  auto lock = std::make_optional(bench.acquire());
  bench.clock.on_sleep([&](Duration) { lock.reset(); });
  const FileLock ours = bench.acquire(10s);
  CHECK_FALSE(bench.is_free());
  CHECK(bench.clock.slept() == 1ms);
}

TEST_CASE("a stop ends the wait with an error of its own") {
  Bench bench;
  const FileLock lock = bench.acquire();
  bench.clock.on_sleep([&](Duration) { bench.stop.request(); });
  const auto error = error_of([&] { (void)bench.acquire(10s); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::busy);
  CHECK(error->code() == "interrupted");
  CHECK(error->message() ==
        fmt::format("cannot lock '{}': interrupted (waited 0.0 s)", bench.path));
}

TEST_CASE("a stop does not keep anybody from a free lock") {
  Bench bench;
  bench.stop.request();
  const FileLock lock = bench.acquire();
  CHECK_FALSE(bench.is_free());
}

TEST_CASE("a lock file deleted under a waiter does not give it a lock on nothing") {
  Bench bench;
  auto lock = std::make_optional(bench.acquire());
  bench.clock.on_sleep([&](Duration) {
    CHECK(bench.fs.unlink(bench.path));
    lock.reset();
  });
  const FileLock ours = bench.acquire(10s);
  CHECK(bench.fs.stat(bench.path).has_value());
  CHECK_FALSE(bench.is_free());
}

TEST_CASE("a lock file replaced under a waiter is waited for anew") {
  Bench bench;
  auto lock = std::make_optional(bench.acquire());
  std::optional<FileLock> other;
  bench.clock.on_sleep([&](Duration) {
    if (lock) {
      CHECK(bench.fs.unlink(bench.path));
      other = FileLock::try_acquire(bench.fs, bench.clock, bench.path);
      lock.reset();
    }
  });
  const auto error = error_of([&] { (void)bench.acquire(10s); });
  REQUIRE(other);
  REQUIRE(error);
  CHECK(error->code() == "lock-timeout");
}

TEST_CASE("a symlink in the place of a lock file is refused") {
  Bench bench;
  REQUIRE(::symlink("elsewhere", bench.path.c_str()) == 0);
  const auto error = error_of([&] { (void)bench.acquire(); });
  REQUIRE(error);
  CHECK(error->code() == "symlink");
  CHECK_FALSE(bench.fs.stat(bench.dir / "elsewhere"));
}

TEST_CASE("the holder writes who it is in at most two calls") {
  Bench bench;
  replace_file(bench.fs, bench.path, std::string(300, 'x'));
  bench.fs.forget_records();
  const FileLock lock = bench.acquire();
  CHECK(bench.fs.changes() == "open write_at truncate");
  CHECK(bench.text() == fmt::format("{} 2026-01-02T03:04:05Z {}\n", ::getpid(), own_command()));
}

TEST_CASE("a full disk does not keep anybody from a lock") {
  Bench bench;
  bench.fs.fill_up_after(0);
  const FileLock lock = bench.acquire();
  CHECK_FALSE(bench.is_free());
  CHECK(describe_holder(bench.fs, bench.clock, bench.path) == "a process that is not named");
}

TEST_CASE("a lock file that may only be read can be locked") {
  Bench bench;
  (void)bench.is_free();
  bench.fs.fail(test::FsCall::open, EACCES);
  const FileLock lock = bench.acquire();
  CHECK_FALSE(bench.is_free());
}

TEST_CASE("the holder is described while it holds the lock and not after") {
  Bench bench;
  CHECK_FALSE(describe_holder(bench.fs, bench.clock, bench.path));
  {
    const FileLock lock = bench.acquire();
    bench.clock.advance(3200ms);
    CHECK(describe_holder(bench.fs, bench.clock, bench.path) ==
          fmt::format("pid {}, '{}', for 3.2 s", ::getpid(), own_command()));
    const auto holder = find_holder(bench.fs, bench.path);
    REQUIRE(holder);
    CHECK(holder->pid == ::getpid());
    CHECK(format_instant(holder->since) == "2026-01-02T03:04:05Z");
  }
  CHECK_FALSE(describe_holder(bench.fs, bench.clock, bench.path));
}

TEST_CASE("words that cannot come from the holder are not repeated") {
  Bench bench;
  test::Child ended([] {});
  const std::string dead = fmt::format("{} 2026-01-02T03:04:05Z x\n", ended.pid());
  (void)ended.wait();
  for (const std::string& words :
       {dead, std::string("junk"), std::string("1 2"), std::string("1 yesterday x"),
        std::string("-1 2026-01-02T03:04:05Z x"), std::string()}) {
    replace_file(bench.fs, bench.path, words);
    const Fd foreign = bench.fs.open(bench.path, {});
    REQUIRE(bench.fs.try_lock(foreign, LockMode::exclusive));
    CAPTURE(words);
    CHECK(describe_holder(bench.fs, bench.clock, bench.path) == "a process that is not named");
    const auto error = error_of([&] { (void)bench.acquire(); });
    REQUIRE(error);
    CHECK(error->message() ==
          fmt::format("cannot lock '{}': another process holds it (waited 0.0 s)", bench.path));
  }
}

TEST_CASE("control characters in a lock file do not reach a message") {
  Bench bench;
  replace_file(bench.fs, bench.path,
               fmt::format("{} 2026-01-02T03:04:05Z a\x1b[31mb\n", ::getpid()));
  const Fd foreign = bench.fs.open(bench.path, {});
  REQUIRE(bench.fs.try_lock(foreign, LockMode::exclusive));
  CHECK(find_holder(bench.fs, bench.path)->command.find('\x1b') == std::string::npos);
}

TEST_CASE("the lock of a process that is killed is free") {
  Bench bench;
  const test::Gate is_locked;
  test::Child holder([&] {
    const FileLock lock = bench.acquire();
    is_locked.open();
    for (;;) {
      ::pause();
    }
  });
  is_locked.wait();
  CHECK_FALSE(bench.is_free());
  CHECK(find_holder(bench.fs, bench.path)->pid == holder.pid());
  holder.kill(9);
  (void)holder.wait();
  CHECK(bench.is_free());
}

TEST_CASE("processes that compete for a lock hold it one at a time") {
  Bench bench;
  constexpr int processes = 4;
  constexpr int rounds = 50;
  const auto compete = [&] {
    SystemClock clock;
    for (int i = 0; i < rounds; ++i) {
      const FileLock lock = FileLock::acquire(bench.fs, clock, bench.path, 60s, bench.stop);
      // Fails when another is inside.
      (void)bench.fs.open(bench.dir / "inside",
                          {.mode = OpenMode::append, .create = true, .exclusive = true});
      (void)bench.fs.unlink(bench.dir / "inside");
    }
  };
  std::vector<test::Child> children;
  for (int i = 0; i < processes; ++i) {
    children.emplace_back(compete);
  }
  for (test::Child& child : children) {
    CHECK(child.wait() == test::Ended{});
  }
}

TEST_CASE("a kept lock that is taken again at once says nothing new unless another had it") {
  Bench bench;
  KeptLock kept(bench.path);
  const auto take = [&] {
    bench.fs.forget_records();
    kept.acquire(bench.fs, bench.clock, 1s, bench.stop);
  };
  take();
  CHECK(bench.text() == fmt::format("{} 2026-01-02T03:04:05Z {}\n", ::getpid(), own_command()));
  CHECK_FALSE(bench.is_free());
  kept.release(bench.fs, bench.clock);
  bench.clock.advance(5ms);
  take();
  CHECK(bench.fs.changes().empty());
  CHECK_FALSE(bench.is_free());
  kept.release(bench.fs, bench.clock);
  {
    const Fd file = bench.fs.open(bench.path, {.mode = OpenMode::read_write});
    bench.fs.write_at(file, "4711 2026-01-02T03:04:05Z another whose name is longer than ours\n",
                      0);
  }
  take();
  CHECK(bench.text() ==
        fmt::format("{} 2026-01-02T03:04:05.005000Z {}\n", ::getpid(), own_command()));
  kept.release(bench.fs, bench.clock);
  bench.clock.advance(1s);
  take();
  CHECK(bench.text() ==
        fmt::format("{} 2026-01-02T03:04:06.005000Z {}\n", ::getpid(), own_command()));
}

TEST_CASE("a kept lock whose file was replaced is soon a lock on the new one") {
  Bench bench;
  KeptLock kept(bench.path);
  kept.acquire(bench.fs, bench.clock, 1s, bench.stop);
  kept.release(bench.fs, bench.clock);
  bench.fs.unlink(bench.path);
  bench.clock.advance(10ms);
  kept.acquire(bench.fs, bench.clock, 1s, bench.stop);
  CHECK_FALSE(bench.is_free());
  kept.release(bench.fs, bench.clock);
  CHECK(bench.is_free());
}

TEST_CASE("who holds a lock for long turns asks for it again in shorter steps") {
  Bench bench;
  KeptLock kept(bench.path);
  std::vector<Duration> waits;
  const auto first_wait_after = [&](Duration turn) {
    kept.acquire(bench.fs, bench.clock, 1s, bench.stop);
    bench.clock.advance(turn);
    kept.release(bench.fs, bench.clock);
    auto other = std::make_optional(bench.acquire());
    waits.clear();
    bench.clock.on_sleep([&](Duration wait) {
      waits.push_back(wait);
      other.reset();
    });
    kept.acquire(bench.fs, bench.clock, 1s, bench.stop);
    kept.release(bench.fs, bench.clock);
    return waits.at(0);
  };
  CHECK(first_wait_after(50us) == 1ms);
  CHECK(first_wait_after(800us) == 200us);
  CHECK(first_wait_after(300us) == 100us);
  CHECK(first_wait_after(1s) == 1ms);
}

TEST_CASE("a kept lock that could not be taken is not left locked") {
  Bench bench;
  KeptLock kept(bench.path);
  kept.acquire(bench.fs, bench.clock, 1s, bench.stop);
  kept.release(bench.fs, bench.clock);
  bench.fs.fail(test::FsCall::read, EIO);
  CHECK(error_of([&] { kept.acquire(bench.fs, bench.clock, 1s, bench.stop); }));
  CHECK(bench.is_free());
}
