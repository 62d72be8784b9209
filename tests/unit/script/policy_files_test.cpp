#include "tests/support/error_of.hpp"
#include "tests/unit/script/policy_bench.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace menacedb;
using namespace menacedb::test;

namespace {

std::string why(PolicyBench& bench, const std::string& name = {}) {
  const auto error = error_of([&] { static_cast<void>(bench.load(name)); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::config);
  CHECK_FALSE(error->hint().empty());
  return error->message();
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string required(const std::string& module) {
  return "local m = require '" + module + "'\nfunction route() return m.answer end\n";
}

} // namespace

TEST_CASE("a policy that is not there says so") {
  PolicyBench bench;
  CHECK(holds(why(bench, "none.lua"), "no such file or folder"));
  CHECK(holds(why(bench), "init.lua"));
}

TEST_CASE("a folder instead of a file is refused") {
  PolicyBench bench;
  std::filesystem::create_directory(bench.directory / "init.lua");
  CHECK(holds(why(bench), "no regular file"));
}

TEST_CASE("a symlink instead of the folder or the file is refused") {
  PolicyBench bench;
  bench.write("real/init.lua", "function route() end");
  std::filesystem::create_symlink(bench.directory / "real", bench.directory / "link");
  std::filesystem::create_symlink(bench.directory / "real/init.lua", bench.directory / "init.lua");
  CHECK(holds(why(bench, "link"), "symlink"));
  CHECK(holds(why(bench), "no regular file"));
}

TEST_CASE("a file of 100 MiB is refused without being read") {
  PolicyBench bench;
  bench.write("init.lua", "");
  std::filesystem::resize_file(bench.directory / "init.lua", 100u << 20);
  CHECK(holds(why(bench), "larger than"));
}

TEST_CASE("a file that is not UTF-8 is refused") {
  PolicyBench bench;
  bench.write("init.lua", "-- caf\xe9\nfunction route() end\n");
  CHECK(holds(why(bench), "not UTF-8"));
}

TEST_CASE("bytecode is refused") {
  PolicyBench bench;
  bench.write("init.lua", "\x1bLua\x54");
  CHECK(holds(why(bench), "attempt to load a binary chunk"));
}

TEST_CASE("a half-written file names the line") {
  PolicyBench bench;
  bench.write("init.lua", "function route(table)\n  if table == 'a' then\n");
  const std::string message = why(bench);
  CHECK(holds(message, "init.lua:3:"));
  CHECK(holds(message, "'end' expected"));
}

TEST_CASE("a syntax error shows the line itself") {
  PolicyBench bench;
  bench.write("init.lua", "function route(table)\n  return 'shared' 'local'\nend\n");
  CHECK(holds(why(bench), "init.lua:2:"));
  CHECK(holds(why(bench), "`return 'shared' 'local'`"));
}

TEST_CASE("a global that is no hook is refused with a suggestion") {
  PolicyBench bench;
  bench.write("init.lua", "function rout(table) end\n");
  CHECK(holds(why(bench), "did you mean 'route'?"));
  bench.write("init.lua", "counter = 0\n");
  CHECK(holds(why(bench), "use 'local'"));
  bench.write("init.lua", "route = 'shared'\n");
  CHECK(holds(why(bench), "must be a function"));
  bench.write("init.lua", "function test_x() end\n");
  CHECK(holds(why(bench), "cannot set the global 'test_x'"));
}

TEST_CASE("functions that run jobs may stand beside hooks") {
  PolicyBench bench;
  const auto hooks =
      bench.hooks("function job_Ping(job) end\nfunction route() return 'local' end\n");
  CHECK(hooks->route({"alerts", "insert", "alpha"}) == Placement::local);
}

TEST_CASE("a module of the folder can be required") {
  PolicyBench bench;
  bench.write("rules/answers.lua", "return { answer = 'local' }");
  const auto hooks = bench.hooks(required("rules.answers"));
  CHECK(hooks->route({"alerts", "insert", "alpha"}) == Placement::local);
  CHECK(hooks->files().size() == 2);
}

TEST_CASE("a circle of modules ends") {
  PolicyBench bench;
  bench.write("a.lua", "local b = require 'b'\nreturn { answer = 'local' }");
  bench.write("b.lua", "local a = require 'a'\nreturn {}");
  CHECK(bench.hooks(required("a"))->route({"t", "insert", "o"}) == Placement::local);
}

TEST_CASE("a module name cannot lead out of the folder") {
  PolicyBench bench;
  bench.write("outside.lua", "return { answer = 'local' }");
  for (const char* const name : {"../outside", "..outside", "/etc/passwd", "a/b", "", ".", "a.",
                                 "outside.lua/../outside", "out side", "a..b", "%2e%2e"}) {
    CAPTURE(name);
    bench.write("policy/init.lua", required(name));
    CHECK(holds(why(bench, "policy"), "a module is named by words and dots"));
  }
}

TEST_CASE("a symlinked module is refused") {
  PolicyBench bench;
  bench.write("outside/answers.lua", "return { answer = 'local' }");
  bench.write("policy/init.lua", required("answers"));
  std::filesystem::create_symlink(bench.directory / "outside/answers.lua",
                                  bench.directory / "policy/answers.lua");
  CHECK(holds(why(bench, "policy"), "no plain file or folder"));
  bench.write("policy/init.lua", required("rules.answers"));
  std::filesystem::create_symlink(bench.directory / "outside", bench.directory / "policy/rules");
  CHECK(holds(why(bench, "policy"), "no plain file or folder"));
}

TEST_CASE("a module that is broken or missing says so") {
  PolicyBench bench;
  bench.write("init.lua", required("missing"));
  CHECK(holds(why(bench), "missing.lua' is not there"));
  bench.write("broken.lua", "return {");
  bench.write("init.lua", required("broken"));
  CHECK(holds(why(bench), "broken.lua:1:"));
}
