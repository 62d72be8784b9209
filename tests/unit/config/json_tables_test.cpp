#include "tests/unit/config/config_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using menacedb::test::ConfigBench;

namespace {

std::string problem_of(const std::string& json) {
  ConfigBench bench;
  bench.write("config/db_router_tables.json", json);
  return bench.problem();
}

} // namespace

TEST_CASE("the table file of the old router is read where it always was") {
  ConfigBench bench;
  bench.write("config/db_router_tables.json",
              "{\n  \"shared\": [\"alerts\",\n    \"extra\"],\n  \"local\": [\"session\"],\n"
              "  \"deny\": [],\n  \"audit_log\": \"/tmp/a.log\"\n}\n");
  const Settings settings = bench.load();
  CHECK(settings.problems().empty());
  const std::vector<ListedTable>& tables = settings.table_lists()->all();
  REQUIRE(tables.size() == 3);
  CHECK(tables[0].name == "alerts");
  CHECK(tables[0].kind == "json");
  CHECK(tables[0].source == "config/db_router_tables.json");
  CHECK(tables[0].line == 2);
  CHECK(tables[1].name == "extra");
  CHECK(tables[1].line == 3);
  CHECK(tables[2].placement == Placement::local);
  CHECK(settings.list("routing.shared") == std::vector<std::string>{"alerts", "extra"});
}

TEST_CASE("a string where an array belongs is a problem and declares nothing") {
  CHECK(problem_of("{\n  \"shared\": \"bots\"\n}") ==
        "config/db_router_tables.json:2:13: cannot use 'shared': expected an array of strings, "
        "found a string");
}

TEST_CASE("malformed table files are problems with their place") {
  CHECK(
      problem_of("{\"shared\": [\"a\", 7]}") ==
      "config/db_router_tables.json:1:18: cannot use 'shared': expected a string, found a number");
  CHECK(problem_of("[]") == "config/db_router_tables.json:1:1: cannot use table file: expected an "
                            "object, found an array");
  CHECK(problem_of("{\"shared\": [\"\"]}") ==
        "config/db_router_tables.json:1:13: cannot set 'routing.shared': it is empty");
  CHECK(problem_of("{\"audit_log\": 7}") ==
        "config/db_router_tables.json:1:15: cannot use 'audit_log': expected a string, found a "
        "number");
  CHECK(problem_of("{\n\"shared\": [}").starts_with("config/db_router_tables.json:2:12: "));
  CHECK(problem_of("").starts_with("config/db_router_tables.json:1:1: "));
  CHECK(problem_of("{\"shared\": [\"ä\", 7]}").starts_with("config/db_router_tables.json:1:18: "));
}

TEST_CASE("a mistyped key is a problem and a foreign one is let pass") {
  CHECK(problem_of("{\"shraed\": []}") == "config/db_router_tables.json:1:12: cannot use 'shraed': "
                                          "unknown key [did you mean 'shared'?]");
  CHECK(problem_of("{\"comment_of_the_maintainers\": 1}") == "");
}

TEST_CASE("a table file that was asked for must exist and replaces the default one") {
  ConfigBench bench;
  bench.write("config/db_router_tables.json", "broken");
  bench.write("mine.json", R"({"local": ["session"]})");
  bench.variables["DB_ROUTER_CONFIG"] = "mine.json";
  CHECK(bench.problem() == "");
  CHECK(bench.load().list("routing.local") == std::vector<std::string>{"session"});
  bench.variables["DB_ROUTER_CONFIG"] = "none.json";
  CHECK(bench.problem() == "none.json: cannot read configuration file: no such file");
}
