#include "core/db/busy.hpp"
#include "core/db/transaction.hpp"
#include "tests/support/child.hpp"
#include "tests/unit/db/bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace menacedb;
using namespace menacedb::test;

namespace {

// Holds the write lock of the database in another process from its start to release(). Made before
// this process opens the file.
class OtherWriter {
public:
  explicit OtherWriter(const std::string& path) : m_child([this, path] { hold(path); }) {
    m_locked.wait();
  }
  void release() {
    m_release.open();
    m_released.wait();
  }

private:
  void hold(const std::string& path) const {
    SystemClock clock;
    const StopFlag stop;
    Database database(path, {.create = true}, clock, stop);
    {
      const Transaction transaction(database);
      m_locked.open();
      m_release.wait();
    }
    m_released.open();
  }

  Gate m_locked;
  Gate m_release;
  Gate m_released;
  Child m_child;
};

} // namespace

TEST_CASE("the busy wait sleeps longer each time and never beyond its patience") {
  FakeClock clock;
  const StopFlag stop;
  std::vector<Duration> sleeps;
  clock.on_sleep([&](Duration duration) { sleeps.push_back(duration); });
  BusyWait wait(clock, stop, std::chrono::milliseconds(500));

  int attempt = 0;
  while (wait.again(attempt)) {
    ++attempt;
  }

  CHECK(clock.slept() == std::chrono::milliseconds(500));
  CHECK(wait.waited() == std::chrono::milliseconds(500));
  CHECK(sleeps.front() >= std::chrono::microseconds(200));
  CHECK(sleeps.front() <= std::chrono::microseconds(400));
  CHECK(*std::max_element(sleeps.begin(), sleeps.end()) <= std::chrono::milliseconds(25));
  CHECK(*std::max_element(sleeps.begin(), sleeps.end()) >= std::chrono::milliseconds(12));
}

TEST_CASE("the busy wait starts anew with attempt zero") {
  FakeClock clock;
  const StopFlag stop;
  BusyWait wait(clock, stop, std::chrono::milliseconds(10));
  clock.advance(std::chrono::seconds(1));
  CHECK(wait.again(0));
  clock.advance(std::chrono::seconds(1));
  CHECK_FALSE(wait.again(1));
  CHECK(wait.again(0));
}

TEST_CASE("the busy wait gives up at once when a stop is requested") {
  FakeClock clock;
  StopFlag stop;
  BusyWait wait(clock, stop, std::chrono::seconds(5));
  stop.request();
  CHECK_FALSE(wait.again(0));
  CHECK(clock.slept() == Duration::zero());
}

TEST_CASE("beginning a transaction waits for another process no longer than the busy timeout") {
  DbBench bench;
  OtherWriter writer(bench.path);
  Database database = bench.open();
  bench.clock.on_sleep([](Duration) {});
  const Error error = error_of([&] { const Transaction transaction(database); });
  CHECK(error.kind() == ErrorKind::busy);
  CHECK(error.code() == "database-locked");
  CHECK(error.message() ==
        "cannot begin transaction on '" + bench.path + "': database is locked (waited 5.0 s)");
  CHECK(bench.clock.slept() == std::chrono::seconds(5));
  writer.release();
}

TEST_CASE("beginning a transaction succeeds when the other process lets go during the wait") {
  DbBench bench;
  OtherWriter writer(bench.path);
  Database database = bench.open();
  int sleeps = 0;
  bench.clock.on_sleep([&](Duration) {
    if (++sleeps == 3) {
      writer.release();
    }
  });
  Transaction transaction(database);
  database.execute("CREATE TABLE t (a)");
  transaction.commit();
  CHECK(sleeps == 3);
}

TEST_CASE("a stop ends the wait for another process") {
  DbBench bench;
  OtherWriter writer(bench.path);
  Database database = bench.open();
  int sleeps = 0;
  bench.clock.on_sleep([&](Duration) {
    if (++sleeps == 2) {
      bench.stop.request();
    }
  });
  const Error error = error_of([&] { const Transaction transaction(database); });
  CHECK(error.code() == "database-locked");
  CHECK(sleeps == 2);
  writer.release();
}

TEST_CASE("the busy timeout can be changed later") {
  DbBench bench;
  Database holder = bench.open();
  Database database = bench.open();
  const Transaction transaction(holder);
  database.set_busy_timeout(std::chrono::milliseconds(300));
  const Error error = error_of([&] { const Transaction second(database); });
  CHECK(error.message().ends_with("database is locked (waited 0.3 s)"));
}

TEST_CASE("a refusal without a wait does not report an earlier one") {
  DbBench bench;
  Database holder = bench.open();
  Database database = bench.open();
  database.execute("CREATE TABLE t (a)");
  {
    const Transaction transaction(holder);
    (void)error_of([&] { const Transaction second(database); });
  }
  database.execute("BEGIN");
  (void)database.query_integer("SELECT count(*) FROM t");
  holder.execute("INSERT INTO t VALUES (1)");
  const Error error = error_of([&] { database.execute("INSERT INTO t VALUES (2)"); });
  CHECK(error.message() == "cannot run statement on '" + bench.path + "': database is locked");
}
