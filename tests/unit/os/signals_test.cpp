#include "core/os/signals.hpp"
#include "tests/support/child.hpp"

#include <doctest/doctest.h>

#include <signal.h>
#include <unistd.h>

using namespace menacedb;
using test::Ended;
using test::run_in_child;

namespace {

[[noreturn]] void report(bool is_fine) {
  ::_exit(is_fine ? 0 : 1);
}

void ignore_nothing() {
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) {
    ::signal(signal, SIG_DFL);
  }
}

} // namespace

TEST_CASE("a signal sets the flag instead of ending the process") {
  for (const int signal : {SIGINT, SIGTERM}) {
    const Ended ended = run_in_child([signal] {
      ignore_nothing();
      StopFlag stop;
      const SignalGuard guard(stop);
      const bool was_quiet = !stop.is_requested() && SignalGuard::caught() == 0;
      ::raise(signal);
      report(was_quiet && stop.is_requested() && SignalGuard::caught() == signal);
    });
    CHECK(ended == Ended{});
  }
}

TEST_CASE("a second signal of either kind ends the process by that signal") {
  for (const int second : {SIGINT, SIGTERM}) {
    const Ended ended = run_in_child([second] {
      ignore_nothing();
      StopFlag stop;
      const SignalGuard guard(stop);
      ::raise(SIGINT);
      ::raise(second);
    });
    CHECK(ended == Ended{.status = 0, .signal = second});
  }
}

TEST_CASE("a closed pipe does not end the process") {
  const Ended ended = run_in_child([] {
    ignore_nothing();
    StopFlag stop;
    const SignalGuard guard(stop);
    ::raise(SIGPIPE);
    report(!stop.is_requested());
  });
  CHECK(ended == Ended{});
}

TEST_CASE("the earlier handlers come back with the end of the guard") {
  const Ended ended = run_in_child([] {
    ignore_nothing();
    StopFlag stop;
    { const SignalGuard guard(stop); }
    ::raise(SIGTERM);
  });
  CHECK(ended == Ended{.status = 0, .signal = SIGTERM});
}

TEST_CASE("a signal that was ignored stays ignored") {
  const Ended ended = run_in_child([] {
    ::signal(SIGINT, SIG_IGN);
    StopFlag stop;
    const SignalGuard guard(stop);
    ::raise(SIGINT);
    report(!stop.is_requested());
  });
  CHECK(ended == Ended{});
}

TEST_CASE("a new guard begins with a clean slate") {
  const Ended ended = run_in_child([] {
    ignore_nothing();
    StopFlag first;
    {
      const SignalGuard guard(first);
      ::raise(SIGTERM);
    }
    StopFlag second;
    const SignalGuard guard(second);
    const bool was_clean = SignalGuard::caught() == 0;
    ::raise(SIGINT);
    report(was_clean && second.is_requested());
  });
  CHECK(ended == Ended{});
}

TEST_CASE("a second signal that counts as one does not end the process") {
  const auto ended = test::run_in_child([] {
    StopFlag stop;
    const SignalGuard guard(stop, SecondSignal::counts_as_one);
    ::raise(SIGTERM);
    ::raise(SIGTERM);
    ::_exit(stop.is_requested() && SignalGuard::caught() == SIGTERM ? 0 : 1);
  });
  CHECK(ended == test::Ended{});
}

TEST_CASE("a hangup asks for a reload once and wakes") {
  const auto ended = test::run_in_child([] {
    ::signal(SIGHUP, SIG_IGN); // nohup
    StopFlag wake;
    const HangupGuard guard(wake);
    const bool is_quiet = !HangupGuard::take() && !wake.is_requested();
    ::raise(SIGHUP);
    const bool is_asked = wake.take() && HangupGuard::take() && !HangupGuard::take();
    ::_exit(is_quiet && is_asked ? 0 : 1);
  });
  CHECK(ended == test::Ended{});
}
