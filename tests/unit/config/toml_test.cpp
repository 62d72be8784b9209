#include "core/base/error.hpp"
#include "tests/unit/config/config_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using menacedb::test::ConfigBench;

namespace {

std::string problem_of(const std::string& toml) {
  ConfigBench bench;
  bench.write("menacedb.toml", toml);
  return bench.problem();
}

} // namespace

TEST_CASE("an unknown key is a problem with its place and a suggestion") {
  CHECK(problem_of("[queue]\n  dri = 'x'\n") ==
        "menacedb.toml:2:3: cannot set 'queue.dri': unknown key [did you mean 'queue.dir'?]");
  CHECK(problem_of("[quue]\ndir = 'x'\n") ==
        "menacedb.toml:1:2: cannot set 'quue': unknown table [did you mean 'queue'?]");
  CHECK(problem_of("interval = 3\n") ==
        "menacedb.toml:1:1: cannot set 'interval': unknown key [did you mean 'sync.interval'?]");
  CHECK(problem_of("[databases]\nflat_archive = true\n") ==
        "menacedb.toml:2:1: cannot set 'databases.flat_archive': unknown key [did you mean "
        "'queue.flat_archive'?]");
  CHECK(problem_of("[tables.bots]\nplacment = 'shared'\n") ==
        "menacedb.toml:2:1: cannot set 'tables.bots.placment': unknown key [did you mean "
        "'placement'?]");
  CHECK(problem_of("[entirely_different]\nx = 1\n") ==
        "menacedb.toml:1:2: cannot set 'entirely_different': unknown table");
}

TEST_CASE("a value of the wrong type is a problem with the place of the value") {
  CHECK(problem_of("[queue]\ndir = 3\n") ==
        "menacedb.toml:2:7: cannot set 'queue.dir': expected a path, found a whole number");
  CHECK(problem_of("[queue]\nfallback = 'yes'\n") ==
        "menacedb.toml:2:12: cannot set 'queue.fallback': expected true or false, found a string");
  CHECK(problem_of("[queue]\nmax_line = 1.5\n") ==
        "menacedb.toml:2:12: cannot set 'queue.max_line': expected a size such as '1MiB', found a "
        "fraction");
  CHECK(problem_of("[sync]\ninterval = [1]\n") ==
        "menacedb.toml:2:12: cannot set 'sync.interval': expected a duration such as '5s', found "
        "an array");
  CHECK(problem_of("[sync]\ninterval = -1\n") ==
        "menacedb.toml:2:12: cannot set 'sync.interval': expected a duration such as '5s', found "
        "'-1'");
  CHECK(problem_of("queue = 'x'\n") ==
        "menacedb.toml:1:9: cannot set 'queue': expected a table, found a string");
  CHECK(problem_of("queue.dir.x = 1\n") ==
        "menacedb.toml:1:7: cannot set 'queue.dir': expected a path, found a table");
  CHECK(problem_of("queue.dir = ''\n") ==
        "menacedb.toml:1:13: cannot set 'queue.dir': it is empty");
  CHECK(problem_of("routing.undeclared = 'maybe'\n") ==
        "menacedb.toml:1:22: cannot set 'routing.undeclared': expected one of refuse, shared, "
        "local, found 'maybe'");
}

TEST_CASE("a list that is no array of strings is a problem") {
  CHECK(problem_of("[routing]\nshared = 'bots'\n") ==
        "menacedb.toml:2:10: cannot set 'routing.shared': expected an array of texts, found a "
        "string");
  CHECK(problem_of("[routing]\nshared = [\n  'a',\n  7,\n]\n") ==
        "menacedb.toml:4:3: cannot set 'routing.shared': expected a string, found a whole number");
  CHECK(problem_of("[routing]\nshared = ['']\n") ==
        "menacedb.toml:2:11: cannot set 'routing.shared': it is empty");
}

TEST_CASE("a table routed to both sides by one file is a problem") {
  CHECK(problem_of("[routing]\nshared = ['a', 'b']\nlocal = ['c', 'b']\n") ==
        "menacedb.toml:3:15: cannot set 'routing.local': table 'b' is shared by line 2");
  CHECK(problem_of("[routing]\nshared = ['a']\n[tables.a]\nplacement = 'local'\n") ==
        "menacedb.toml:4:13: cannot set 'tables.a.placement': table 'a' is shared by line 2");
  CHECK(problem_of("[routing]\nshared = ['a']\ndeny = ['a']\n") == "");
}

TEST_CASE("what is not TOML is a problem with its place") {
  CHECK(problem_of("[queue\n").starts_with("menacedb.toml:1:7: cannot parse TOML: "));
  CHECK(problem_of("[queue]\ndir = 'a'\ndir = 'b'\n").starts_with("menacedb.toml:3:"));
  CHECK(problem_of("[queue]\ndir = 'a'\n[queue]\n").starts_with("menacedb.toml:3:"));
  CHECK(problem_of("[queue]\ndir = '\xff'\n").starts_with("menacedb.toml:2:"));
  CHECK(problem_of("a = " + std::string(5000, '[')).starts_with("menacedb.toml:1:"));
}

TEST_CASE("keys of any number of dots are parsed or refused and never overflow the stack") {
  const auto dotted = [](int dots) {
    std::string key = "a";
    for (int i = 0; i < dots; ++i) {
      key += ".a";
    }
    return key + " = 1\n";
  };
  CHECK(problem_of(dotted(10'000)) == "menacedb.toml:1:1: cannot set 'a': unknown table");
  CHECK(problem_of("\n" + dotted(10'001)) ==
        "menacedb.toml:2:1: cannot parse TOML: too many dots in one line");
  CHECK(problem_of(dotted(400'000)).starts_with("menacedb.toml:1:1: cannot parse TOML: "));
  CHECK(problem_of("[queue]\ndir." + dotted(100)) ==
        "menacedb.toml:2:1: cannot set 'queue.dir': expected a path, found a table");
  std::string lists = "[routing]\nshared = [\n";
  for (int i = 0; i < 20'000; ++i) {
    lists += "'t.u.v',\n";
  }
  CHECK(problem_of(lists + "]\n") == "");
}

TEST_CASE("a byte order mark and CRLF are accepted") {
  CHECK(problem_of("\xEF\xBB\xBF[queue]\r\ndir = 'x'\r\n") == "");
}

TEST_CASE("all problems of a file are told in the order of the text") {
  ConfigBench bench;
  bench.write("menacedb.toml", "[sync]\nzeta = 1\n[queue]\nalpha = 1\ndir = 7\n");
  const auto problems = bench.problems();
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].starts_with("menacedb.toml:2:1: "));
  CHECK(problems[1].starts_with("menacedb.toml:4:1: "));
  CHECK(problems[2].starts_with("menacedb.toml:5:7: "));
}

TEST_CASE("a directory as the configuration file is a problem") {
  ConfigBench bench;
  std::filesystem::create_directory("menacedb.toml");
  CHECK(bench.problem() == "menacedb.toml: cannot read configuration file: it is a directory");
}

TEST_CASE("a file over the limit is refused without being read") {
  ConfigBench bench;
  bench.write("menacedb.toml", "");
  std::filesystem::resize_file("menacedb.toml", 100u << 20u);
  CHECK(bench.problem() ==
        "menacedb.toml: cannot read configuration file: it is larger than 1 MiB");
}

TEST_CASE("an explicit file that does not exist is a problem") {
  ConfigBench bench;
  bench.config_file = "nowhere.toml";
  CHECK(bench.problem() == "nowhere.toml: cannot read configuration file: no such file");
}

TEST_CASE("a device as the explicit file reads as empty") {
  ConfigBench bench;
  bench.config_file = "/dev/null";
  CHECK(bench.problem() == "");
}

TEST_CASE("check throws the first problem with a hint that helps") {
  ConfigBench bench;
  bench.write("menacedb.toml", "[queue]\ndri = 'x'\nfallback = 1\n");
  const Settings settings = bench.load();
  try {
    settings.check();
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::config);
    CHECK(error.code() == "config");
    CHECK(error.message() == "menacedb.toml:2:1: cannot set 'queue.dri': unknown key");
    CHECK(error.hint() ==
          "did you mean 'queue.dir'? or run: menacedb config check (lists all 2 problems)");
  }
}

TEST_CASE("the policy of one table is read and later files change single keys") {
  ConfigBench bench;
  bench.write_user("[tables.bots]\ndedup = ['name', 'kind']\npriority = 2\n");
  bench.write("menacedb.toml", "[tables.bots]\npriority = 3\n[tables.code]\ndedup = 'content'\n"
                               "[tables.session]\nplacement = 'local'\ndedup = 'auto'\n");
  const Settings settings = bench.load();
  CHECK(settings.problems().empty());
  const TableSettings& bots = settings.tables().find("bots")->second;
  CHECK(bots.dedup == std::vector<std::string>{"name", "kind"});
  CHECK(bots.dedup_is_columns);
  CHECK(bots.priority == 3);
  CHECK(bots.origins.at("priority").at == "menacedb.toml:2:12");
  const TableSettings& code = settings.tables().find("code")->second;
  CHECK(code.dedup == std::vector<std::string>{"content"});
  CHECK_FALSE(code.dedup_is_columns);
  CHECK(settings.tables().find("session")->second.placement == "local");
  CHECK(settings.tables().find("session")->second.dedup.empty());
}

TEST_CASE("tables grow from rows only where their policy says so") {
  ConfigBench bench;
  bench.write("menacedb.toml", "[tables.a]\ncreate = true\nalter = true\n[tables.b]\n"
                               "create = false\npriority = 1\n");
  const Settings settings = bench.load();
  CHECK(settings.problems().empty());
  const TableSettings& a = settings.tables().find("a")->second;
  CHECK(a.creates);
  CHECK(a.alters);
  CHECK(a.origins.at("alter").at == "menacedb.toml:3:9");
  const TableSettings& b = settings.tables().find("b")->second;
  CHECK_FALSE(b.creates);
  CHECK_FALSE(b.alters);
  CHECK(b.origins.at("create").at == "menacedb.toml:5:10");
  CHECK_FALSE(b.origins.contains("alter"));
}

TEST_CASE("bad policies of one table are problems") {
  CHECK(problem_of("[tables.a]\ncreate = 'yes'\n") ==
        "menacedb.toml:2:10: cannot set 'tables.a.create': expected true or false, found a "
        "string");
  CHECK(problem_of("[tables.a]\nalter = 1\n") ==
        "menacedb.toml:2:9: cannot set 'tables.a.alter': expected true or false, found a whole "
        "number");
  CHECK(problem_of("[tables.a]\npriority = 11\n") ==
        "menacedb.toml:2:12: cannot set 'tables.a.priority': expected a whole number from 1 "
        "(first) to 10 (last)");
  CHECK(problem_of("[tables.a]\ndedup = 'some'\n") ==
        "menacedb.toml:2:9: cannot set 'tables.a.dedup': expected 'auto', 'content', 'none' or an "
        "array of column names");
  CHECK(problem_of("[tables.a]\ndedup = []\n") ==
        "menacedb.toml:2:9: cannot set 'tables.a.dedup': expected at least one column name");
  CHECK(problem_of("[tables.a]\nplacement = 'global'\n") ==
        "menacedb.toml:2:13: cannot set 'tables.a.placement': expected one of shared, local, deny");
  CHECK(problem_of("[tables]\na = 1\n") ==
        "menacedb.toml:2:5: cannot set 'tables.a': expected a table, found a whole number");
}

TEST_CASE("one file can be checked by itself") {
  ConfigBench bench;
  bench.write("menacedb.toml", "broken");
  bench.write("good.toml", "[queue]\ndir = 'q'\n");
  bench.write("bad.toml", "[queue]\ndri = 'q'\n");
  bench.write("bad.json", R"({"shared": "bots"})");
  CHECK(check_config_file(bench.fs, "good.toml").empty());
  CHECK(check_config_file(bench.fs, "bad.toml").size() == 1);
  CHECK(check_config_file(bench.fs, "bad.json").size() == 1);
  CHECK(check_config_file(bench.fs, "none.json").size() == 1);
}
