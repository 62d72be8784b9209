#include "core/os/child_groups.hpp"
#include "core/os/child_processes.hpp"
#include "core/os/posix_fs.hpp"
#include "core/os/process_handle.hpp"
#include "tests/support/child.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <array>
#include <signal.h>
#include <string>
#include <unistd.h>

using namespace menacedb;
using namespace std::chrono_literals;

namespace {

constexpr Duration k_patience = 60s;

// The pid that a program wrote into a file, with a newline.
ProcessHandle process_of(const std::string& file) {
  PosixFs fs;
  for (;;) {
    const std::string text = fs.stat(file) ? read_file(fs, file, 100) : std::string();
    if (text.ends_with('\n')) {
      auto process = ProcessHandle::open(std::stoi(text));
      REQUIRE(process);
      return std::move(*process);
    }
    ::usleep(1000);
  }
}

ChildCommand shell(const test::TempDir& dir, const std::string& script, const std::string& mark) {
  ChildCommand command;
  command.arguments = {"/bin/sh", "-c", script};
  command.directory = dir.path();
  command.mark = mark;
  return command;
}

void end(const ProcessHandle& process) {
  (void)process.signal(SIGKILL);
  (void)process.wait_for_end(k_patience);
}

} // namespace

TEST_CASE("what a child left behind when its starter died is ended by its mark") {
  test::TempDir dir;
  test::Child parent([&] {
    SystemClock clock;
    StopFlag stop;
    ChildProcesses children(clock);
    children.start(1, shell(dir, "sleep 1000 & echo $! > first; wait", "1:a.1"));
    children.start(2, shell(dir, "sleep 1000 & echo $! > second; wait", "11:a.1"));
    children.start(
        3, shell(dir, "echo $$ > leader; setsid sleep 1000 & echo $! > third; wait", "1:a.1"));
    (void)children.wait(k_patience, stop);
  });
  const ProcessHandle first = process_of(dir / "first");
  const ProcessHandle second = process_of(dir / "second");
  const ProcessHandle third = process_of(dir / "third");
  while (::getpgid(third.pid()) != third.pid()) { // it is in a session of its own
    ::usleep(1000);
  }
  const ProcessHandle leader = process_of(dir / "leader");
  parent.kill(SIGKILL);
  (void)parent.wait();
  REQUIRE(leader.wait_for_end(k_patience)); // of a group that is empty now
  CHECK_FALSE(first.wait_for_end(0s));
  const std::array<std::string, 2> marks = {"5:b.1", "1:a.1"};
  CHECK(end_child_groups(marks) == 1);
  CHECK(first.wait_for_end(0s));
  CHECK_FALSE(second.wait_for_end(0s));
  CHECK_FALSE(third.wait_for_end(0s));
  CHECK(end_child_groups(marks) == 0);
  end(second);
  end(third);
}

TEST_CASE("a child of a child has the mark of its own starter alone") {
  SystemClock clock;
  StopFlag stop;
  test::TempDir dir;
  ::setenv(std::string(k_child_group_variable).c_str(), "1:a.1.7", 1);
  ChildProcesses children(clock);
  children.start(1, shell(dir,
                          "env | grep -c ^MENACEDB_CHILD_GROUP=; echo $$ >&2; "
                          "[ $MENACEDB_CHILD_GROUP = 2:a.1.$$ ]",
                          "2:a.1"));
  const auto ended = children.wait(k_patience, stop);
  ::unsetenv(std::string(k_child_group_variable).c_str());
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].end.how == ChildEnd::How::exited);
  CHECK(ended[0].end.status == 0);
}

TEST_CASE("without marks nothing is ended") {
  CHECK(end_child_groups({}) == 0);
}
