#include "core/config/items.hpp"
#include "core/config/setting_list.hpp"
#include "tests/unit/config/config_bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace menacedb;
using menacedb::test::ConfigBench;

namespace {

Setting named(const Settings& settings, std::string_view key) {
  const auto all = list_settings(settings);
  const auto found = std::ranges::find(all, key, &Setting::key);
  REQUIRE(found != all.end());
  return *found;
}

} // namespace

TEST_CASE("all items are listed and only the table keys that are set") {
  ConfigBench bench;
  CHECK(list_settings(bench.load()).size() == config_items().size());
  bench.write("menacedb.toml", "[tables.bots]\npriority = 2\n[tables.code]\ndedup = ['a']\n");
  const Settings settings = bench.load();
  CHECK(list_settings(settings).size() == config_items().size() + 2);
  CHECK(named(settings, "tables.bots.priority").value.text == "2");
  CHECK(named(settings, "tables.bots.priority").origin.at == "menacedb.toml:2:12");
  CHECK(named(settings, "tables.code.dedup").value.list == std::vector<std::string>{"a"});
}

TEST_CASE("tables that may grow are listed") {
  ConfigBench bench;
  bench.write("menacedb.toml", "[tables.a]\ncreate = true\nalter = true\n");
  const Settings settings = bench.load();
  CHECK(named(settings, "tables.a.create").value.text == "true");
  CHECK(named(settings, "tables.a.alter").origin.at == "menacedb.toml:3:9");
}

TEST_CASE("a list keeps elements that hold a comma and tells what each source gave") {
  ConfigBench bench;
  bench.write("menacedb.toml", "routing.shared = ['a,b']\n");
  bench.variables["DB_ROUTER_SHARED_TABLES"] = "c";
  const Setting shared = named(bench.load(), "routing.shared");
  CHECK(shared.value.list == std::vector<std::string>{"a,b", "c"});
  CHECK(shared.origin.at == "DB_ROUTER_SHARED_TABLES");
  REQUIRE(shared.overrides.size() == 2);
  CHECK(shared.overrides[0].value.list == std::vector<std::string>{"a,b"});
  CHECK(shared.overrides[1].value.list.empty());
}

TEST_CASE("keys are quoted where TOML needs it") {
  CHECK(toml_key(std::vector<std::string>{"queue", "dir"}) == "queue.dir");
  CHECK(toml_key(std::vector<std::string>{"tables", "a.b", "dedup"}) == "tables.\"a.b\".dedup");
}
