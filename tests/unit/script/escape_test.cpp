#include "tests/support/error_of.hpp"
#include "tests/unit/script/policy_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

// Each runs as the body of `route`. It must fail, and in time: nothing it does may be an answer.
struct Attempt {
  const char* name;
  const char* body;
  const char* says; // a part of the error
};

constexpr const char* k_instructions = "more instructions than [lua] instructions";
constexpr const char* k_memory = "memory";
constexpr const char* k_nil = "nil value";

constexpr Attempt k_attempts[] = {
    // Reaching outside.
    {"io", "return io.open('/etc/passwd')", k_nil},
    {"os.execute", "os.execute('true')", k_nil},
    {"os.time", "return os.time()", k_nil},
    {"debug", "return debug.getinfo(1)", k_nil},
    {"package", "return package.loaded.io", k_nil},
    {"package.loadlib", "return package.loadlib('libc.so.6', '*')", k_nil},
    {"load", "return load('return 1')()", k_nil},
    {"loadstring", "return loadstring('return 1')()", k_nil},
    {"loadfile", "return loadfile('/etc/passwd')", k_nil},
    {"dofile", "return dofile('/etc/passwd')", k_nil},
    {"bytecode", "return string.dump(function() end)", k_nil},
    {"collectgarbage", "return collectgarbage('stop')", k_nil},
    {"rawset", "return rawset(string, 'rep', 1)", k_nil},
    {"require io", "return require('io')", "while a hook runs"},
    {"math.random", "return math.random()", k_nil},
    {"io through _G", "return _G['io'].open('x')", k_nil},
    {"io through _ENV", "return _ENV.io.open('x')", k_nil},
    {"coroutine.close", "return coroutine.close(coroutine.create(route))", k_nil},
    // Changing what is not theirs.
    {"a global", "leak = 1", "cannot set the global 'leak' while a hook runs"},
    {"a global through _G", "_G.leak = 1", "cannot set the global 'leak'"},
    {"a hook while one runs", "route = function() end", "cannot set the global 'route'"},
    {"a library", "string.rep = nil", "cannot change 'string'"},
    {"menacedb", "menacedb.now = function() return 0 end", "cannot change 'menacedb'"},
    {"the metatable of texts", "getmetatable('').__index = {}", "boolean"},
    {"a new metatable for texts", "setmetatable('', {})", "table expected"},
    {"the metatable of globals", "setmetatable(_G, {})", "protected metatable"},
    {"the metatable of a library", "setmetatable(string, nil)", "protected metatable"},
    {"a method of texts", "('').rep = 1", "string"},
    {"a finaliser", "setmetatable({}, {__gc = function() end})", "__gc"},
    // Running for ever.
    {"a loop", "while true do end", k_instructions},
    {"goto", "::again:: goto again", k_instructions},
    {"a for loop", "for i = 1, math.huge do end", k_instructions},
    {"pcall", "while true do pcall(function() while true do end end) end", k_instructions},
    {"nested pcall", "local function f() pcall(f) while true do end end f()", k_instructions},
    {"the handler of xpcall",
     "xpcall(function() while true do end end, function() while true do end end)", k_instructions},
    {"pcall with an answer", "pcall(function() while true do end end) return 'deny'",
     k_instructions},
    {"coroutines", "while true do coroutine.wrap(function() end)() end", k_instructions},
    {"a coroutine that never yields", "coroutine.wrap(function() while true do end end)()",
     k_instructions},
    {"a coroutine that yields",
     "local f = coroutine.wrap(function() while true do "
     "coroutine.yield() end end) while true do f() end",
     k_instructions},
    {"__close in a coroutine",
     "local f = coroutine.wrap(function() local x <close> = setmetatable({}, {__close = function() "
     "while true do end end}) while true do end end) f()",
     k_instructions},
    {"__close",
     "local x <close> = setmetatable({}, {__close = function() while true do end end}) "
     "while true do end",
     k_instructions},
    {"__index",
     "local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) "
     "return t[1]",
     "overflow"},
    {"__eq and recursion",
     "local m = {} m.__eq = function(a, b) return a == b end "
     "return setmetatable({}, m) == setmetatable({}, m)",
     "overflow"},
    {"recursion", "local function f() return 1 + f() end f()", k_memory},
    {"tail recursion", "local function f() return f() end f()", k_instructions},
    {"next on an empty table",
     "local t = {} for i = 1, 100000 do t[i] = i end for i = 1, 100000 "
     "do t[i] = nil end while true do next(t) end",
     "than [lua]"},
    // Running for ever inside C.
    {"rep of nothing", "return (''):rep(math.maxinteger) .. {}", "concatenate"},
    {"rep of much", "return ('x'):rep(1e15)", k_memory},
    {"rep with a separator", "return (''):rep(1e15, 'x')", k_memory},
    {"rep in a loop", "while true do pcall(string.rep, 'x', 1e6) end", "than [lua]"},
    {"format", "return ('%99999d'):format(1)", "invalid conversion"},
    {"format of much", "local s = ('%s'):rep(1e6) while true do pcall(string.format, s) end",
     "than [lua]"},
    {"a pattern", "return (('a'):rep(30)):find(('a?'):rep(30) .. ('a'):rep(30))", k_instructions},
    {"nested stars", "return (('a'):rep(40)):match('a*a*a*a*a*a*a*a*b')", k_instructions},
    {"gsub with a bomb", "return (('a'):rep(1000)):gsub(('.-'):rep(20) .. 'b', '')",
     k_instructions},
    {"gmatch with a bomb", "for _ in (('a'):rep(100)):gmatch(('a*'):rep(20) .. 'b') do end",
     k_instructions},
    {"a pattern too deep", "return (('a'):rep(300)):match(('(a)'):rep(300))", "captures"},
    {"balance", "return (('('):rep(100000)):gsub('%b()', '')", k_instructions},
    {"a glob", "return menacedb.glob('*' .. ('a'):rep(5000) .. 'b', ('a'):rep(20000))",
     k_instructions},
    {"concat of itself",
     "return table.concat(setmetatable({}, {__index = table.concat}), '', 1, "
     "math.maxinteger)",
     "invalid value"},
    {"concat with __len",
     "return table.concat(setmetatable({}, {__len = function() return "
     "math.maxinteger end})) .. {}",
     "concatenate"},
    {"move", "table.move({}, 1, math.maxinteger - 1, 2)", k_instructions},
    {"unpack", "return table.unpack({}, 1, 1e9)", "too many results"},
    {"insert with __len",
     "table.insert(setmetatable({}, {__len = function() return 1e15 end}), 1, "
     "2) return 1",
     "expected 'shared'"},
    {"sort with __len",
     "table.sort(setmetatable({}, {__len = function() return 2147483646 end}), "
     "rawequal) return 1",
     "expected 'shared'"},
    {"sort with a bad order",
     "local t = {} for i = 1, 1000 do t[i] = i % 7 end while true do "
     "table.sort(t, function() return true end) end",
     k_instructions},
    {"sort by an error", "local t = {3, 1, 2} table.sort(t, function() error('no') end)", "no"},
    {"hash", "local s = ('x'):rep(1e6) while true do menacedb.hash(s) end", "than [lua]"},
    // Taking all memory.
    {"one text", "local s = 'x' while true do s = s .. s end", k_memory},
    {"one table", "local t = {} for i = 1, math.huge do t[i] = i end", "than [lua]"},
    {"many texts", "local t = {} for i = 1, math.huge do t[i] = ('x'):rep(1000) .. i end",
     "than [lua]"},
    {"memory in pcall",
     "while true do pcall(function() local s = 'x' while true do s = s .. s "
     "end end) end",
     "than [lua]"},
    {"coroutines that stay", "local t = {} while true do t[#t + 1] = coroutine.create(route) end",
     k_memory},
    // Errors and answers of the wrong kind.
    {"an error without text", "error({})", "raised a table instead of text"},
    {"an error that is nil", "error(nil)", "raised nil instead of text"},
    {"an error with __tostring",
     "error(setmetatable({}, {__tostring = function() while true do "
     "end end}))",
     "raised a table instead of text"},
    {"a table as answer", "return {}", "expected 'shared'"},
    {"a number as answer", "return 7", "returned 7, expected 'shared'"},
    {"a function as answer", "return function() end", "returned a function"},
    {"another word as answer", "return 'elsewhere'", "returned \"elsewhere\""},
    {"unknown as answer", "return 'unknown'", "returned \"unknown\""},
    {"an error message of 1 MB", "error(('x'):rep(1e6))", "xxx"},
    {"control characters", "error('a\\27[31mb')", "a\\x1b[31mb"},
};

} // namespace

TEST_CASE("no attempt to leave the sandbox or its budget succeeds") {
  for (const Attempt& attempt : k_attempts) {
    CAPTURE(attempt.name);
    PolicyBench bench;
    const auto hooks =
        bench.hooks(std::string("function route(name, op, origin) ") + attempt.body + " end\n");
    const Duration began = bench.clock.monotonic();
    CHECK_FALSE(hooks->route({"alerts", "insert", "alpha"}).has_value());
    CHECK(bench.clock.monotonic() - began < std::chrono::seconds(2));
    const HookReport report = hooks->report().front();
    CHECK(report.failures == 1);
    CHECK_MESSAGE(report.last_error.find(attempt.says) != std::string::npos, report.last_error);
    CHECK(report.last_error.size() < 2000);
  }
}

TEST_CASE("the same attempts fail while the policy is loaded") {
  for (const Attempt& attempt : k_attempts) {
    const std::string_view name = attempt.name;
    if (name.ends_with("as answer") || name.ends_with("with __len") ||
        name == "a hook while one runs") {
      continue; // nothing wrong with these here
    }
    CAPTURE(attempt.name);
    PolicyBench bench;
    const auto error = error_of([&] {
      static_cast<void>(
          bench.hooks(std::string("function route() end\ndo\n") + attempt.body + "\nend\n"));
    });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::config);
  }
}

TEST_CASE("a state is sound after every attempt") {
  PolicyBench bench;
  bench.max_failures = 1000;
  std::string text = "local tries = {\n";
  for (const Attempt& attempt : k_attempts) {
    text += std::string("function(route) ") + attempt.body + " end,\n";
  }
  text += "}\nfunction route(name, op, origin)\n"
          "  local try = tries[tonumber(origin)]\n"
          "  if try then return try(route) end\n"
          "  return 'shared'\nend\n";
  const auto hooks = bench.hooks(text);
  for (std::size_t i = 1; i <= std::size(k_attempts); ++i) {
    CAPTURE(k_attempts[i - 1].name);
    CHECK_FALSE(hooks->route({"alerts", "insert", std::to_string(i)}).has_value());
    CHECK(hooks->route({"alerts", "insert", "alpha"}) == Placement::shared);
  }
}

TEST_CASE("time is limited when instructions are not") {
  PolicyBench bench;
  bench.limits.instructions = 1'000'000'000'000;
  bench.limits.time = std::chrono::milliseconds(50);
  const auto hooks = bench.hooks("function route() while true do end end");
  const Duration began = bench.clock.monotonic();
  CHECK_FALSE(hooks->route({"alerts", "insert", "alpha"}).has_value());
  CHECK(bench.clock.monotonic() - began < std::chrono::seconds(1));
  CHECK(hooks->report().front().last_error.find("[lua] time") != std::string::npos);
}

TEST_CASE("what an entry hook keeps of its argument is dead afterwards") {
  const char* const uses[] = {"local x = kept.table",
                              "kept.table = 'x'",
                              "local x = #kept",
                              "for k in pairs(kept) do end",
                              "local x = kept.data.a",
                              "kept.data.a = 1",
                              "local x = inner.b",
                              "for k in pairs(inner) do end",
                              "for i in ipairs(list) do end"};
  for (const char* const use : uses) {
    CAPTURE(use);
    PolicyBench bench;
    const auto hooks = bench.hooks(
        std::string("local kept, inner, list\nfunction priority(entry)\n  if kept then ") + use +
        " return 1 end\n  kept, inner, list = entry, entry.data.a, entry.data.l\n  return 2\nend");
    HookEntry entry;
    entry.table = "alerts";
    entry.data = R"({"a":{"b":1},"l":[1,2]})";
    CHECK(hooks->priority(entry) == 2);
    CHECK_FALSE(hooks->priority(entry).has_value());
    CHECK(hooks->report().front().last_error.find("used after the call") != std::string::npos);
  }
}

TEST_CASE("a hook that changes its argument changes nothing outside") {
  PolicyBench bench;
  const auto hooks = bench.hooks("function priority(entry) entry.table = 'x' entry.data.a = 9 "
                                 "entry.data = nil return 3 end");
  HookEntry entry;
  entry.table = "alerts";
  entry.data = R"({"a":1})";
  CHECK(hooks->priority(entry) == 3);
  CHECK(entry.table == "alerts");
  CHECK(entry.data == R"({"a":1})");
}
