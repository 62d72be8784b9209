#include "core/base/error.hpp"
#include "core/os/child_processes.hpp"
#include "core/os/posix_fs.hpp"
#include "core/os/process.hpp"
#include "core/os/process_handle.hpp"
#include "tests/support/child.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

using namespace menacedb;
using namespace std::chrono_literals;

namespace {

constexpr Duration k_patience = 60s;

ChildCommand shell(std::string script) {
  ChildCommand command;
  command.arguments = {"/bin/sh", "-c", std::move(script)};
  return command;
}

struct Bench {
  SystemClock clock;
  StopFlag stop;
  ChildProcesses children{clock};

  ChildEnd run(const ChildCommand& command) {
    children.start(1, command);
    return next().end;
  }
  ChildProcesses::Ended next() {
    const auto ended = children.wait(k_patience, stop);
    REQUIRE(ended.size() == 1);
    return ended[0];
  }
};

std::string content(const std::string& path) {
  PosixFs fs;
  return fs.stat(path) ? read_file(fs, path, 1 << 20) : std::string();
}

} // namespace

TEST_CASE("a program gets its input and its folder and its variables beside ours") {
  Bench bench;
  test::TempDir dir;
  ::setenv("MENACEDB_TEST_OURS", "ours", 1);
  ::setenv("MENACEDB_TEST_BOTH", "ours", 1);
  ChildCommand command = shell("cat; pwd; echo $MENACEDB_TEST_OURS $MENACEDB_TEST_BOTH");
  command.input = "hello ";
  command.directory = dir.path();
  command.environment = {{"MENACEDB_TEST_BOTH", "its own"}};
  const ChildEnd end = bench.run(command);
  CHECK(end.how == ChildEnd::How::exited);
  CHECK(end.status == 0);
  CHECK(end.said == "hello " + dir.path() + "\nours its own\n");
}

TEST_CASE("ten MiB of input reach a program that reads it") {
  Bench bench;
  ChildCommand command = shell("wc -c");
  command.input.assign(10 << 20, 'x');
  CHECK(bench.run(command).said == "10485760\n");
}

TEST_CASE("a program may leave its input unread") {
  Bench bench;
  ChildCommand command = shell("exec 0<&-; sleep 0.05; exit 3");
  command.input.assign(10 << 20, 'x');
  CHECK(bench.run(command).status == 3);
}

TEST_CASE("its errors are told rather than its output") {
  Bench bench;
  CHECK(bench.run(shell("echo out; echo err >&2; exit 1")).said == "err\n");
}

TEST_CASE("of a flood the end is kept") {
  Bench bench;
  const ChildEnd end =
      bench.run(shell("head -c 20000000 /dev/zero | tr '\\0' x; "
                      "(head -c 5000000 /dev/zero | tr '\\0' y; echo end) >&2; exit 1"));
  CHECK(end.status == 1);
  CHECK(end.said.size() == 4096);
  CHECK(end.said.ends_with("yyyend\n"));
}

TEST_CASE("a death by a signal is told") {
  Bench bench;
  const ChildEnd end = bench.run(shell("kill -9 $$"));
  CHECK(end.how == ChildEnd::How::signalled);
  CHECK(end.signal == SIGKILL);
}

TEST_CASE("a program that hangs is ended and so is all that it started") {
  Bench bench;
  test::TempDir dir;
  ChildCommand command = shell("sleep 1000 & echo $! > grandchild; echo waiting >&2; sleep 1000");
  command.directory = dir.path();
  command.timeout = 300ms;
  const ChildEnd end = bench.run(command);
  CHECK(end.how == ChildEnd::How::timed_out);
  CHECK(end.said == "waiting\n");
  const int grandchild = std::stoi(content(dir / "grandchild"));
  for (int i = 0; i < 1000 && process_is_alive(grandchild); ++i) {
    const std::string state = content("/proc/" + std::to_string(grandchild) + "/stat");
    if (state.find(") Z ") != std::string::npos) {
      break; // nobody waits for orphans where there is no init
    }
    ::usleep(1000);
  }
  const std::string state = content("/proc/" + std::to_string(grandchild) + "/stat");
  CHECK((state.empty() || state.find(") Z ") != std::string::npos));
}

TEST_CASE("a program that ignores SIGTERM is killed when its grace is over") {
  Bench bench;
  ChildCommand command = shell("trap '' TERM; while :; do sleep 0.01; done");
  command.timeout = 100ms;
  command.grace = 100ms;
  CHECK(bench.run(command).how == ChildEnd::How::timed_out);
}

TEST_CASE("a program that is stopped is told as such") {
  Bench bench;
  bench.children.start(7, shell("sleep 1000"));
  bench.children.stop(8); // none of ours
  bench.children.stop(7);
  const auto ended = bench.next();
  CHECK(ended.id == 7);
  CHECK(ended.end.how == ChildEnd::How::stopped);
  CHECK(bench.children.is_empty());
}

TEST_CASE("what a program leaves behind holds up nobody") {
  Bench bench;
  const Duration begin = bench.clock.monotonic();
  const ChildEnd end = bench.run(shell("(while :; do echo noise; done) & sleep 20 & exit 75"));
  CHECK(end.status == 75);
  CHECK(bench.clock.monotonic() - begin < 15s);
}

TEST_CASE("a program that cannot be run is told at once with the reason") {
  Bench bench;
  test::TempDir dir;
  PosixFs fs;
  const auto refusal = [&](ChildCommand command) {
    try {
      bench.children.start(1, command);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::bad_input);
      return error.message();
    }
    return std::string("started");
  };
  const std::string script = dir / "script";
  replace_file(fs, script, "#!/bin/sh\n");
  ChildCommand command;
  command.arguments = {"/no/such/program"};
  CHECK(refusal(command) == "cannot start '/no/such/program': No such file or directory");
  command.arguments = {"menacedb-no-such-program"};
  CHECK(refusal(command) == "cannot start 'menacedb-no-such-program': No such file or directory");
  command.arguments = {script};
  CHECK(refusal(command).ends_with("script': Permission denied"));
  command.arguments = {dir.path()};
  CHECK(refusal(command).ends_with("Permission denied"));
  replace_file(fs, script, "#!/no/such/interpreter\n");
  ::chmod(script.c_str(), 0755);
  command.arguments = {script};
  CHECK(refusal(command).ends_with("No such file or directory"));
  command = shell("true");
  command.directory = dir / "nowhere";
  CHECK(refusal(command).find("cannot enter folder '") == 0);
  CHECK(bench.children.is_empty());
}

TEST_CASE("a program gets none of our descriptors and no signal that we block") {
  Bench bench;
  const Fd leak(::open("/dev/null", O_RDONLY)); // without O_CLOEXEC
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  const ChildEnd end =
      bench.run(shell("ls /proc/self/fd; grep -E 'SigBlk|SigIgn' /proc/self/status"));
  ::sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::signal(SIGXFSZ, SIG_DFL);
  CHECK(end.said.starts_with("0\n1\n2\n3\nSigBlk:\t0000000000000000\n")); // 3 is of ls
  CHECK(end.said.ends_with("SigIgn:\t0000000000000000\n"));
}

TEST_CASE("many programs run at the same time") {
  Bench bench;
  constexpr std::int64_t k_count = 50;
  for (std::int64_t id = 0; id < k_count; ++id) {
    bench.children.start(id, shell("sleep 0.2; exit " + std::to_string(id)));
  }
  CHECK(bench.children.size() == k_count);
  std::int64_t sum = 0;
  std::size_t count = 0;
  while (!bench.children.is_empty()) {
    for (const auto& ended : bench.children.wait(k_patience, bench.stop)) {
      CHECK(ended.end.status == ended.id);
      sum += ended.id;
      ++count;
    }
  }
  CHECK(count == k_count);
  CHECK(sum == k_count * (k_count - 1) / 2);
}

TEST_CASE("a wait ends for another descriptor or a stop and when the patience is over") {
  Bench bench;
  bench.children.start(1, shell("sleep 1000"));
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const Fd reader(ends[0]);
  const Fd writer(ends[1]);
  const std::array<int, 2> others{-1, reader.get()};
  CHECK(bench.children.wait(1ms, bench.stop, others).empty());
  REQUIRE(::write(writer.get(), "x", 1) == 1);
  CHECK(bench.children.wait(k_patience, bench.stop, others).empty());
  bench.stop.request();
  CHECK(bench.children.wait(k_patience, bench.stop).empty());
  CHECK_FALSE(bench.children.is_empty());
}

TEST_CASE("programs end with the object that watches them") {
  SystemClock clock;
  {
    ChildProcesses children(clock);
    children.start(1, shell("trap '' TERM; sleep 1000"));
    children.start(2, shell("sleep 1000"));
  }
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1); // none is left
}

TEST_CASE("programs die with the process that started them") {
  test::TempDir dir;
  const std::string file = dir / "pid";
  test::Child parent([&] {
    SystemClock clock;
    StopFlag stop;
    ChildProcesses children(clock);
    ChildCommand command = shell("echo $$ > pid.new; mv pid.new pid; exec sleep 1000");
    command.directory = dir.path();
    children.start(1, command);
    (void)children.wait(k_patience, stop);
  });
  while (content(file).empty()) {
    ::usleep(1000);
  }
  const auto child = ProcessHandle::open(std::stoi(content(file)));
  REQUIRE(child);
  parent.kill(SIGKILL);
  (void)parent.wait();
  CHECK(child->wait_for_end(k_patience));
}
