#include "tests/unit/script/policy_bench.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

HookEntry entry_with(std::string_view data) {
  HookEntry entry;
  entry.id = "e1";
  entry.table = "alerts";
  entry.op = "insert";
  entry.origin = "alpha";
  entry.data = data;
  return entry;
}

// What `transform` with this body makes of a row.
std::string transformed(std::string_view body, std::string_view data) {
  PolicyBench bench;
  const auto hooks = bench.hooks(fmt::format("function transform(entry) {} end", body));
  const Transformed answer = hooks->transform(entry_with(data));
  CHECK_MESSAGE(hooks->report().front().failures == 0, hooks->report().front().last_error);
  return answer.kind == Transformed::Kind::unchanged ? "unchanged"
         : answer.kind == Transformed::Kind::dropped ? "dropped: " + answer.reason
                                                     : answer.data;
}

std::string refused(std::string_view body, std::string_view data) {
  PolicyBench bench;
  const auto hooks = bench.hooks(fmt::format("function transform(entry) {} end", body));
  CHECK(hooks->transform(entry_with(data)).kind == Transformed::Kind::unchanged);
  CHECK(hooks->report().front().failures == 1);
  return hooks->report().front().last_error;
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a route hook decides and nil leaves it to the settings") {
  PolicyBench bench;
  const auto hooks = bench.hooks("\nfunction route(t, op, origin)\n"
                                 "  if t == 'a' and op == 'insert' and origin == 'x' then\n"
                                 "    return 'deny'\n  end\nend\n");
  CHECK(hooks->route({"a", "insert", "x"}) == Placement::deny);
  CHECK_FALSE(hooks->route({"b", "insert", "x"}).has_value());
  CHECK(hooks->decided_by(HookName::route).kind == "lua");
  CHECK(hooks->decided_by(HookName::route).at == bench.directory / "init.lua:2");
  CHECK(hooks->report().front().calls == 2);
  CHECK_FALSE(hooks->has(HookName::priority));
}

TEST_CASE("the router asks the hook but a denial by a list stands") {
  PolicyBench bench;
  const auto hooks = bench.hooks("function route(t) return 'local' end");
  const auto lists = std::make_shared<TableLists>(nullptr);
  lists->add({"secrets", Placement::deny, false, "file", "x"});
  const Router router(lists, Placement::unknown);
  CHECK(route_by_policy(router, hooks.get(), {"bots", "read", "a"}).placement == Placement::local);
  CHECK(route_by_policy(router, hooks.get(), {"secrets", "read", "a"}).placement ==
        Placement::deny);
  CHECK(route_by_policy(router, nullptr, {"bots", "read", "a"}).placement == Placement::shared);
}

TEST_CASE("an error shows file and line and source and arguments") {
  PolicyBench bench;
  const auto hooks = bench.hooks("function route(t, op, origin)\n  local x\n  return x.y\nend\n");
  CHECK_FALSE(hooks->route({"alerts", "insert", "alpha"}).has_value());
  const std::string error = hooks->report().front().last_error;
  CHECK(error.starts_with(bench.directory / "init.lua:3: attempt to index a nil value"));
  CHECK(holds(error, "`return x.y`"));
  CHECK(holds(error, R"((called as route("alerts", "insert", "alpha")))"));
}

TEST_CASE("a hook that fails too often in a row is suspended") {
  PolicyBench bench;
  bench.max_failures = 3;
  const auto hooks = bench.hooks("function route(t) if t == 'bad' then error('no') end "
                                 "return 'shared' end");
  for (const char* const table : {"bad", "bad", "good", "bad", "bad"}) {
    static_cast<void>(hooks->route({table, "insert", "a"}));
  }
  CHECK(hooks->has(HookName::route));
  static_cast<void>(hooks->route({"bad", "insert", "a"}));
  CHECK_FALSE(hooks->has(HookName::route));
  CHECK_FALSE(hooks->route({"good", "insert", "a"}).has_value());
  const HookReport report = hooks->report().front();
  CHECK(report.is_suspended);
  CHECK(report.failures == 5);
  CHECK(report.calls == 6);
  CHECK(holds(bench.said.back(), "hook-suspended"));
}

TEST_CASE("a row that transform returns as it is stays as it was written") {
  const char* const rows[] = {R"({"b":1,"a":{"z":1,"y":[1,2]},"r":1.50,"e":1e2})",
                              R"({"n":null,"t":true,"f":false,"s":"ä\u00e4\n"})",
                              R"({"empty":{},"list":[],"lists":[[],{}]})",
                              R"({"i":9223372036854775807,"m":-9223372036854775808})",
                              R"({"big":123456789012345678901234567890})",
                              "{}"};
  for (const char* const row : rows) {
    CAPTURE(row);
    CHECK(transformed("return entry", row) == "unchanged");
  }
}

TEST_CASE("what transform changes is changed and nothing else") {
  CHECK(transformed("entry.data.a = 2 return entry", R"({"z":1.50,"a":1,"l":[]})") ==
        R"({"z":1.50,"a":2,"l":[]})");
  CHECK(transformed("entry.data.a = nil return entry", R"({"z":1,"a":1})") == R"({"z":1})");
  CHECK(transformed("entry.data.new = {1, 'x', menacedb.null} return entry", R"({"z":1})") ==
        R"({"z":1,"new":[1,"x",null]})");
  CHECK(transformed("entry.data.l[#entry.data.l] = nil return entry", R"({"l":[1]})") ==
        R"({"l":[]})");
  CHECK(transformed("entry.data.i = entry.data.i + 1 return entry", R"({"i":9007199254740993})") ==
        R"({"i":9007199254740994})");
  CHECK(transformed("return {data = {x = menacedb.array{}, y = {}}}", "{}") ==
        R"({"x":[],"y":{}})");
  CHECK(transformed("entry.data.o.k = 1 return entry", R"({"o":{"10":2}})") ==
        R"({"o":{"10":2,"k":1}})");
}

TEST_CASE("transform drops an entry by an explicit nil only") {
  CHECK(transformed("return nil, 'a test'", "{}") == "dropped: a test");
  CHECK(transformed("return nil", "{}") == "dropped: ");
  CHECK(holds(refused("local x = entry", "{}"), "returned nothing"));
}

TEST_CASE("an answer of transform that is no row is a failure") {
  CHECK(holds(refused("return 'x'", "{}"), "expected an entry or nil"));
  CHECK(holds(refused("entry.table = 'b' return entry", "{}"), "only 'data' may be changed"));
  CHECK(holds(refused("entry.data = 7 return entry", "{}"), "it is no table"));
  CHECK(holds(refused("entry.data = {1} return entry", "{}"), "it is an array"));
  CHECK(holds(refused("entry.data.x = 1/0 return entry", "{}"), "infinity"));
  CHECK(holds(refused("entry.data.x = function() end return entry", "{}"), "function"));
  CHECK(holds(refused("entry.data.x = '\\xff' return entry", "{}"), "UTF-8"));
  CHECK(holds(refused("entry.data.x = entry.data return entry", "{}"), "nested too deep"));
  CHECK(holds(refused("entry.data.x = {1, a = 2} return entry", "{}"), "both names and numbers"));
  CHECK(holds(refused("entry.data.x = {[1e9 | 0] = 2} return entry", "{}"), "too many holes"));
  CHECK(holds(refused("entry.data[true] = 1 return entry", "{}"), "neither names nor"));
}

TEST_CASE("a row nested too deep for a hook is left alone") {
  std::string row = "{\"a\":" + std::string(150, '[') + std::string(150, ']') + "}";
  CHECK(holds(refused("return entry", row), "nested deeper"));
}

TEST_CASE("an entry shows its fields") {
  PolicyBench bench;
  const auto hooks = bench.hooks(
      "function priority(e)\n"
      "  assert(e.id == 'e1' and e.table == 'alerts' and e.op == 'insert' and e.origin == "
      "'alpha')\n"
      "  assert(e.key == nil and e.attempts == 3 and e.created_at == 1.5 and e.priority == 4)\n"
      "  assert(e.metadata.by == 'cron' and e.data.a == 1 and e.sql == nil)\n"
      "  return 1\nend");
  HookEntry entry = entry_with(R"({"a":1})");
  entry.attempts = 3;
  entry.priority = 4;
  entry.created_at = Instant(std::chrono::milliseconds(1500));
  entry.metadata = R"({"by":"cron"})";
  CHECK_MESSAGE(hooks->priority(entry) == 1, hooks->report().front().last_error);
}

TEST_CASE("priorities outside 1 to 10 are failures") {
  PolicyBench bench;
  const auto hooks = bench.hooks("function priority(e) return e.data.p end");
  CHECK(hooks->priority(entry_with(R"({"p":1})")) == 1);
  CHECK(hooks->priority(entry_with(R"({"p":2.0})")) == 2);
  for (const char* const row : {R"({"p":0})", R"({"p":11})", R"({"p":1.5})", R"({"p":"1"})"}) {
    CHECK_FALSE(hooks->priority(entry_with(row)).has_value());
  }
  CHECK(hooks->report().front().failures == 4);
}

TEST_CASE("the hooks for failures and retention answer in their words") {
  PolicyBench bench;
  const auto hooks = bench.hooks("function on_failed(e, err) return err.code end\n"
                                 "function retain(kind, item) return item[kind] end");
  const HookEntry entry = entry_with("{}");
  CHECK(hooks->on_failed(entry, "retry", "m") == FailureAnswer::retry);
  CHECK(hooks->on_failed(entry, "bury", "m") == FailureAnswer::bury);
  CHECK(hooks->on_failed(entry, "drop", "m") == FailureAnswer::drop);
  CHECK(hooks->on_failed(entry, "other", "m") == FailureAnswer::none);
  CHECK(hooks->report().front().failures == 1);
  CHECK(hooks->retain("failed", R"({"failed":true})") == true);
  CHECK(hooks->retain("audit", R"({"audit":false})") == false);
  CHECK_FALSE(hooks->retain("log", "{}").has_value());
}

TEST_CASE("what the hook of retention fails on is kept and all else while it is suspended") {
  PolicyBench bench;
  bench.max_failures = 2;
  const auto hooks = bench.hooks("function retain(kind, item) return item.a.b end");
  CHECK(hooks->retain("failed", R"({"a":{"b":false}})") == false);
  for (int i = 0; i < 2; ++i) {
    CHECK(hooks->retain("failed", R"({"name":"x","secret":"y"})") == true);
  }
  CHECK_FALSE(hooks->has(HookName::retain));
  CHECK(hooks->retain("failed", R"({"a":{"b":false}})") == true);
  CHECK(hooks->report()[0].failures == 2);
  CHECK(hooks->report()[0].last_error.find("retain(\"failed\", {name=\"x\"})") !=
        std::string::npos);
}
