#include "tests/support/child.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <unistd.h>

using namespace menacedb::test;

namespace {

CommandLine shell(std::string script) {
  return {.arguments = {"sh", "-c", std::move(script)},
          .input = {},
          .environment = {},
          .directory = {}};
}

} // namespace

TEST_CASE("a child reports how it ended") {
  CHECK(run_in_child([] {}) == Ended{});
  CHECK(run_in_child([] { ::_exit(7); }) == Ended{.status = 7, .signal = 0});
}

TEST_CASE("a child that throws has a status of its own") {
  const auto ended = run_in_child([] {
    ::close(STDERR_FILENO);
    throw std::runtime_error("no");
  });
  CHECK(ended.status == 99);
}

TEST_CASE("a program gets its input folder and environment and gives its output") {
  const TempDir dir;
  CommandLine command = shell("cat; pwd; echo \"$COLOUR-$HOME\" >&2; exit 3");
  command.input = "hello\n";
  command.directory = dir.path();
  command.environment = {"COLOUR=red=green", "HOME"};
  const CommandResult result = run_command(command);
  CHECK(result.ended.status == 3);
  CHECK(result.output == "hello\n" + dir.path() + "\n");
  CHECK(result.errors == "red=green-\n");
}

TEST_CASE("more than a pipe holds goes through in both directions") {
  CommandLine command = shell("cat");
  command.input = std::string(1U << 20U, 'x');
  CHECK(run_command(command).output == command.input);
}

TEST_CASE("a program that reads none of its input ends all the same") {
  CommandLine command = shell("exit 0");
  command.input = std::string(1U << 20U, 'x');
  CHECK(run_command(command).ended == Ended{});
}

TEST_CASE("a program that cannot be started has status 127") {
  CHECK(
      run_command(
          {.arguments = {"no-such-program-here"}, .input = {}, .environment = {}, .directory = {}})
          .ended.status == 127);
}

TEST_CASE("a program that takes too long is killed") {
  CommandLine command = shell("exec sleep 100");
  command.patience = std::chrono::seconds(0);
  const CommandResult result = run_command(command);
  CHECK(result.is_timed_out);
  CHECK(result.ended.signal == 9);
}
