#include "core/os/daemon.hpp"
#include "core/os/process_handle.hpp"
#include "tests/support/child.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

using namespace menacedb;
using namespace std::chrono_literals;

TEST_CASE("a daemon runs when its start returns and lives on") {
  const DaemonStart start = start_daemon([](Readiness& readiness) {
    readiness.tell("ready");
    ::pause();
    return 0;
  });
  CHECK(start.message == "ready");
  const auto daemon = ProcessHandle::open(start.pid);
  REQUIRE(daemon);
  CHECK_FALSE(daemon->wait_for_end(0s));
  CHECK(daemon->signal(SIGKILL));
  CHECK(daemon->wait_for_end(60s));
}

TEST_CASE("a daemon that dies before it is ready tells its status") {
  CHECK(start_daemon([](Readiness&) { return 7; }).ended == 7);
  CHECK(start_daemon([](Readiness&) {
          ::raise(SIGKILL);
          return 0;
        }).ended == 128 + SIGKILL);
}

TEST_CASE("a daemon has a session of its own and none of our descriptors") {
  const Fd ours(::open("/dev/null", O_RDONLY)); // not closed by exec
  const int number = ours.get();
  const DaemonStart start = start_daemon([number](Readiness& readiness) {
    const bool is_leader = ::getsid(0) == ::getpid();
    const bool is_closed = ::fcntl(number, F_GETFD) < 0 || number == 3; // 3 is the line to us
    readiness.tell(fmt::format("{}{}", is_leader ? "leader " : "", is_closed ? "closed" : "open"));
    return 0;
  });
  CHECK(start.message == "leader closed");
}

TEST_CASE("a daemon handles signals by default whatever we ignore") {
  const auto ended = test::run_in_child([] {
    ::signal(SIGTERM, SIG_IGN);
    const DaemonStart start = start_daemon([](Readiness& readiness) {
      readiness.tell("ready");
      ::pause();
      return 0;
    });
    const auto daemon = ProcessHandle::open(start.pid);
    ::_exit(daemon && daemon->signal(SIGTERM) && daemon->wait_for_end(60s) ? 0 : 1);
  });
  CHECK(ended == test::Ended{});
}

TEST_CASE("a process that is gone cannot be held") {
  const DaemonStart start = start_daemon([](Readiness&) { return 0; }); // waited for
  CHECK_FALSE(ProcessHandle::open(start.pid));
}
