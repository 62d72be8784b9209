#include "core/script/lua_tests.hpp"
#include "tests/unit/script/policy_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

// What our own versions of Lua's functions must do, in Lua: each line stands for itself.
constexpr const char* k_same_as_lua = R"lua(
function test_find()
  expect.equal({("hello world"):find("o w")}, {5, 7})
  expect.equal({("hello"):find("l+")}, {3, 4})
  expect.equal({("hello"):find("(l)(l)")}, {3, 4, "l", "l"})
  expect.equal({("hello"):find("")}, {1, 0})
  expect.equal({("hello"):find("", 6)}, {6, 5})
  expect.equal(("hello"):find("", 7), nil)
  expect.equal({("a.b"):find(".", 1, true)}, {2, 2})
  expect.equal({("hello"):find("l", -2)}, {4, 4})
  expect.equal({("hello"):find("^h")}, {1, 1})
  expect.equal(("hello"):find("^e"), nil)
  expect.equal({("hello"):find("o$")}, {5, 5})
  expect.equal({("a$"):find("$", 1, true)}, {2, 2})
end
function test_match()
  expect.equal(("key = value"):match("^(%w+)%s*=%s*(%w+)$"), "key")
  expect.equal({("2026-01-02"):match("(%d+)-(%d+)-(%d+)")}, {"2026", "01", "02"})
  expect.equal(("x"):match("()x()"), 1)
  expect.equal(("[[a]]"):match("%[%[(.-)%]%]"), "a")
  expect.equal(("f(a(b)c)d"):match("%b()"), "(a(b)c)")
  expect.equal(("THE (quick) fox"):find("%f[%a]%a+%f[%A]"), 1)
  expect.equal(("abcabc"):match("(abc)%1"), "abc")
  expect.equal(("a]b"):match("[]]"), "]")
  expect.equal(("a-b"):match("[a%-]+"), "a-")
  expect.equal(("abc"):match("[^a]+"), "bc")
  expect.equal(("a\0b"):match("%z?%W"), "\0")
  expect.equal(("xay"):match("x.?y"), "xay")
  expect.equal(("aaa"):match("a-"), "")
  expect.equal(("aaab"):match("a-b"), "aaab")
  expect.error(function() return ("a"):match("[a") end, "malformed pattern (missing ']')")
  expect.error(function() return ("a"):match("%") end, "malformed pattern (ends with '%')")
  expect.error(function() return ("a"):match("(a") end, "unfinished capture")
  expect.error(function() return ("a"):match("a)") end, "invalid pattern capture")
  expect.error(function() return ("a"):match("%1") end, "invalid capture index")
end
function test_gmatch()
  local words = {}
  for word in ("one two  three"):gmatch("%a+") do words[#words + 1] = word end
  expect.equal(words, {"one", "two", "three"})
  local pairs_of = {}
  for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do pairs_of[k] = v end
  expect.equal(pairs_of, {a = "1", b = "2"})
  local count = 0
  for _ in ("abc"):gmatch("") do count = count + 1 end
  expect.equal(count, 4)
end
function test_gsub()
  expect.equal({("hello"):gsub("l", "L")}, {"heLLo", 2})
  expect.equal({("hello"):gsub("l", "L", 1)}, {"heLlo", 1})
  expect.equal(("hello"):gsub("", "-"), "-h-e-l-l-o-")
  expect.equal(("abc"):gsub("%w", "%0%0"), "aabbcc")
  expect.equal(("a b"):gsub("(%w) (%w)", "%2 %1"), "b a")
  expect.equal(("$name is"):gsub("%$(%w+)", {name = "x"}), "x is")
  expect.equal(("abc"):gsub("b", function(c) return c:upper() end), "aBc")
  expect.equal(("abc"):gsub("b", function() return false end), "abc")
  expect.equal(("100%"):gsub("%%", "%%%%"), "100%%")
  expect.equal(("abc"):gsub("^a", "x"), "xbc")
  expect.equal(("  x  "):gsub("^%s+", ""), "x  ")
  expect.error(function() return ("a"):gsub("a", "%2") end, "invalid capture index")
  expect.error(function() return ("a"):gsub("a", "%x") end, "invalid use of '%'")
  expect.error(function() return ("a"):gsub("a", function() return {} end) end, "invalid replacement")
end
function test_rep()
  expect.equal(("ab"):rep(3), "ababab")
  expect.equal(("ab"):rep(3, ","), "ab,ab,ab")
  expect.equal(("ab"):rep(0), "")
  expect.equal(("ab"):rep(-1), "")
  expect.equal((""):rep(1e9 | 0), "")
end
function test_tables()
  local t = {1, 2, 3}
  table.insert(t, 4)
  table.insert(t, 1, 0)
  expect.equal(t, {0, 1, 2, 3, 4})
  expect.equal(table.remove(t), 4)
  expect.equal(table.remove(t, 1), 0)
  expect.equal(t, {1, 2, 3})
  expect.equal(table.remove({}), nil)
  expect.equal(table.concat(t, ", "), "1, 2, 3")
  expect.equal(table.concat(t, "", 2, 3), "23")
  expect.equal(table.concat({}), "")
  expect.equal({table.unpack(t, 2)}, {2, 3})
  expect.equal(table.pack(1, nil, 3), {1, nil, 3, n = 3})
  expect.equal(table.move({1, 2, 3}, 1, 3, 2), {1, 1, 2, 3})
  expect.equal(table.move({1, 2, 3}, 2, 3, 1), {2, 3, 3})
  expect.equal(table.move({1, 2}, 1, 2, 1, {}), {1, 2})
  expect.error(function() table.insert({}, 5, 1) end, "out of bounds")
  expect.error(function() table.concat({{}}) end, "invalid value (at index 1)")
end
function test_sort()
  local t = {}
  for i = 1, 500 do t[i] = (i * 7919) % 503 end
  table.sort(t)
  for i = 2, #t do expect.truthy(t[i - 1] <= t[i]) end
  table.sort(t, function(a, b) return a > b end)
  for i = 2, #t do expect.truthy(t[i - 1] >= t[i]) end
  local one = {"x"}
  table.sort(one)
  expect.equal(one, {"x"})
  table.sort({})
  expect.error(function() table.sort({1, "x"}) end, "attempt to compare")
end
function test_pcall()
  expect.equal({pcall(function(a) return a, 2 end, 1)}, {true, 1, 2})
  local ok, why = pcall(error, {code = 7})
  expect.equal({ok, why}, {false, {code = 7}})
  expect.equal({xpcall(function(a, b) return a + b end, tostring, 1, 2)}, {true, 3})
  expect.equal({xpcall(error, function(m) return "handled " .. m end, "x")}, {false, "handled x"})
end
function test_coroutines()
  local co = coroutine.create(function(a)
    local b = coroutine.yield(a + 1)
    local ok, c = pcall(function() return coroutine.yield(b + 1) end)
    return c
  end)
  expect.equal({coroutine.resume(co, 1)}, {true, 2})
  expect.equal({coroutine.resume(co, 5)}, {true, 6})
  expect.equal({coroutine.resume(co, "end")}, {true, "end"})
  expect.equal({coroutine.resume(co)}, {false, "cannot resume dead coroutine"})
  expect.equal(coroutine.status(co), "dead")
  local f = coroutine.wrap(function() coroutine.yield(1) error("oh") end)
  expect.equal(f(), 1)
  expect.error(f, "oh")
end
function test_helpers()
  expect.equal(menacedb.hash("abc"),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  expect.truthy(menacedb.glob("db_*_log", "db_audit_log"))
  expect.truthy(menacedb.glob("*", ""))
  expect.truthy(menacedb.glob("a?c", "abc"))
  expect.truthy(not menacedb.glob("a?c", "ac"))
  expect.truthy(not menacedb.glob("[a]", "a"))
  expect.equal(tostring(menacedb.null), "null")
  expect.now(12.5)
  expect.equal(menacedb.now(), 12.5)
  menacedb.log("warning", "from a test")
end
function test_z_the_clock_is_real_again()
  expect.truthy(menacedb.now() > 1e9)
end
)lua";

std::vector<HookTestResult> run(PolicyBench& bench, std::string_view text) {
  return run_hook_tests({bench.fs, bench.clock, bench.log}, bench.limits,
                        bench.write("a_test.lua", text), {});
}

} // namespace

TEST_CASE("our own functions do what those of Lua do") {
  PolicyBench bench;
  const auto results = run(bench, k_same_as_lua);
  CHECK(results.size() == 11);
  for (const HookTestResult& result : results) {
    CHECK_MESSAGE(result.has_passed, result.name << ": " << result.message);
  }
  REQUIRE(bench.said.size() == 1);
  CHECK(bench.said[0].find("from a test") != std::string::npos);
}

TEST_CASE("a test that fails says where and what was expected") {
  PolicyBench bench;
  const auto results = run(bench, "function test_a()\n  expect.equal({a = 1}, {a = 2})\nend\n"
                                  "function test_b() expect.truthy(nil) end\n"
                                  "function test_c() expect.error(function() end, 'x') end\n"
                                  "function test_d() while true do end end\n");
  REQUIRE(results.size() == 4);
  const char* const parts[] = {"a_test.lua:2: expected {\"a\":2}, found {\"a\":1}", "found nil",
                               "expected an error, found none", "instructions"};
  for (std::size_t i = 0; i < results.size(); ++i) {
    CHECK_FALSE(results[i].has_passed);
    CHECK_MESSAGE(results[i].message.find(parts[i]) != std::string::npos, results[i].message);
  }
}

TEST_CASE("a file without tests or with a mistake fails") {
  PolicyBench bench;
  CHECK_FALSE(run(bench, "local x = 1").front().has_passed);
  CHECK_FALSE(run(bench, "local x = = 1").front().has_passed);
}
