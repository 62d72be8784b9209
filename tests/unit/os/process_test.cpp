#include "core/os/process.hpp"
#include "tests/support/child.hpp"

#include <doctest/doctest.h>

#include <sys/wait.h>

#include <set>
#include <unistd.h>

using namespace menacedb;

TEST_CASE("the process knows its own id and command") {
  CHECK(process_id() == ::getpid());
  CHECK(process_is_alive(process_id()));
  CHECK(process_command(process_id()).value_or("").starts_with("test_unit_os"));
  CHECK(own_command().starts_with("test_unit_os"));
}

TEST_CASE("a process that has ended is not alive and has no command") {
  test::Child child([] {});
  const int pid = child.pid();
  (void)child.wait();
  CHECK_FALSE(process_is_alive(pid));
  CHECK_FALSE(process_command(pid));
  CHECK_FALSE(process_is_alive(0));
  CHECK_FALSE(process_is_alive(-1));
}

TEST_CASE("a command is printable without its folder and short") {
  test::Child child([] {
    ::execl("/bin/sh", "/bin/sh", "-c", "kill -STOP $$; :", "one two\n\x1b[31m",
            std::string(200, 'x').c_str(), nullptr);
  });
  int status = 0;
  REQUIRE(::waitpid(child.pid(), &status, WUNTRACED) == child.pid());
  REQUIRE(WIFSTOPPED(status));
  const std::string command = process_command(child.pid()).value_or("none");
  child.kill(9);
  CHECK(command.starts_with("sh -c kill -STOP $$; : one two"));
  CHECK(command.find('\n') == std::string::npos);
  CHECK(command.find('\x1b') == std::string::npos);
  CHECK(command.ends_with("…"));
  CHECK(command.size() <= 80 + 2);
}

TEST_CASE("random hex has the length asked for and does not repeat") {
  CHECK(random_hex(0).empty());
  CHECK(random_hex(1000).size() == 2000);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string text = random_hex(8);
    CHECK(text.size() == 16);
    CHECK(text.find_first_not_of("0123456789abcdef") == std::string::npos);
    seen.insert(text);
  }
  CHECK(seen.size() == 1000);
}

TEST_CASE("the boot id stays the same") {
  CHECK(boot_id() == boot_id());
  CHECK(boot_id().find('\n') == std::string::npos);
}
