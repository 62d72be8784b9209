#include "tests/unit/config/config_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using menacedb::test::ConfigBench;

namespace {

std::string interval_and_origin(const Settings& settings) {
  const Origin origin = settings.origin("sync.interval");
  return settings.display("sync.interval") + " " + origin.kind + " " + origin.at;
}

} // namespace

TEST_CASE("without any source every item has its default and no file is read") {
  ConfigBench bench;
  const Settings settings = bench.load();
  CHECK(settings.problems().empty());
  CHECK(settings.text("queue.dir") == "logs/queue");
  CHECK(settings.text("databases.shared") == "./shared/global.db");
  CHECK(settings.duration("databases.busy_timeout") == std::chrono::seconds(5));
  CHECK(settings.bytes("queue.max_line") == 16u << 20u);
  CHECK(settings.boolean("queue.fallback"));
  CHECK(settings.integer("retry.attempts") == 3);
  CHECK(settings.list("routing.shared").empty());
  CHECK(settings.origin("queue.dir").kind == "default");
  CHECK(settings.layers("queue.dir").empty());
  for (const ConfigFile& file : settings.files()) {
    CHECK_FALSE(file.is_read);
  }
}

TEST_CASE("each source wins over the ones below it") {
  ConfigBench bench;
  bench.write_system("[sync]\ninterval = 1\n");
  CHECK(interval_and_origin(bench.load()).starts_with("1s file "));
  bench.write_user("[sync]\ninterval = '2s'\n");
  CHECK(interval_and_origin(bench.load()).starts_with("2s file "));
  bench.write("config/menacedb.toml", "[sync]\ninterval = 3\n");
  CHECK(interval_and_origin(bench.load()) == "3s file config/menacedb.toml:2:12");
  bench.write("menacedb.toml", "[sync]\n  interval = 4.5\n");
  CHECK(interval_and_origin(bench.load()) == "4500ms file menacedb.toml:2:14");
  bench.write("menacedb.d/10.toml", "sync.interval = 5\n");
  bench.write("menacedb.d/20.toml", "sync.interval = 6\n");
  CHECK(interval_and_origin(bench.load()) == "6s file menacedb.d/20.toml:1:17");
  bench.variables["SYNC_INTERVAL"] = "7";
  CHECK(interval_and_origin(bench.load()) == "7s env SYNC_INTERVAL");
  bench.variables["MENACEDB_SYNC_INTERVAL"] = "8s";
  CHECK(interval_and_origin(bench.load()) == "8s env MENACEDB_SYNC_INTERVAL");
  bench.flags["sync.interval"] = "9";
  const Settings settings = bench.load();
  CHECK(settings.duration("sync.interval") == std::chrono::seconds(9));
  CHECK(settings.origin("sync.interval").kind == "flag");
}

TEST_CASE("layers tell what lower sources said with the default last") {
  ConfigBench bench;
  bench.write("menacedb.toml", "queue.dir = 'a'\n");
  bench.variables["SHARED_QUEUE_DIR"] = "b";
  bench.flags["queue.dir"] = "c";
  const auto layers = bench.load().layers("queue.dir");
  REQUIRE(layers.size() == 3);
  CHECK(layers[0].value == "b");
  CHECK(layers[0].origin.at == "SHARED_QUEUE_DIR");
  CHECK(layers[1].value == "a");
  CHECK(layers[1].origin.at == "menacedb.toml:1:13");
  CHECK(layers[2].value == "logs/queue");
  CHECK(layers[2].origin.kind == "default");
}

TEST_CASE("a drop-in whose name does not end in toml or begins with a dot is not read") {
  ConfigBench bench;
  bench.write("menacedb.toml", "");
  bench.write("menacedb.d/a.toml~", "broken");
  bench.write("menacedb.d/.b.toml", "broken");
  bench.write("menacedb.d/readme", "broken");
  CHECK(bench.problem() == "");
}

TEST_CASE("the second project file is not read when the first exists") {
  ConfigBench bench;
  bench.write("menacedb.toml", "");
  bench.write("config/menacedb.toml", "broken");
  CHECK(bench.problem() == "");
}

TEST_CASE("an explicit file replaces all others and the default table file") {
  ConfigBench bench;
  bench.write_system("broken");
  bench.write_user("broken");
  bench.write("menacedb.toml", "broken");
  bench.write("config/db_router_tables.json", "broken");
  bench.write("other.toml", "[queue]\ndir = 'q'\n");
  SUBCASE("named by the option") {
    bench.config_file = "other.toml";
  }
  SUBCASE("named by the variable") {
    bench.variables["MENACEDB_CONFIG"] = "other.toml";
  }
  const Settings settings = bench.load();
  CHECK(settings.problems().empty());
  CHECK(settings.text("queue.dir") == "q");
}

TEST_CASE("a table file named beside an explicit file is read") {
  ConfigBench bench;
  bench.write("other.toml", "[routing]\ntables_file = 't.json'\n");
  bench.write("t.json", R"({"shared": ["alerts"]})");
  bench.config_file = "other.toml";
  CHECK(bench.load().list("routing.shared") == std::vector<std::string>{"alerts"});
}

TEST_CASE("an absolute base directory moves the user file and a relative one is ignored") {
  ConfigBench bench;
  bench.write_user("queue.dir = 'home'\n");
  bench.write("../xdg/menacedb/menacedb.toml", "queue.dir = 'xdg'\n");
  bench.variables["XDG_CONFIG_HOME"] = "../xdg";
  CHECK(bench.load().text("queue.dir") == "home");
  bench.variables["XDG_CONFIG_HOME"] = std::filesystem::absolute("../xdg").string();
  CHECK(bench.load().text("queue.dir") == "xdg");
}

TEST_CASE("a file where the folder of a candidate should be hides the candidate") {
  ConfigBench bench;
  bench.write("config", "[core]\n");
  CHECK(bench.problem() == "");
}

TEST_CASE("a project file may be a symbolic link") {
  ConfigBench bench;
  bench.write("dotfiles/real.toml", "queue.dir = 'linked'\n");
  std::filesystem::create_symlink("dotfiles/real.toml", "menacedb.toml");
  CHECK(bench.load().text("queue.dir") == "linked");
}

TEST_CASE("files are listed in the order of reading with what became of them") {
  ConfigBench bench;
  bench.write("config/menacedb.toml", "");
  bench.write("config/menacedb.d/a.toml", "");
  std::vector<std::string> read;
  const Settings settings = bench.load();
  for (const ConfigFile& file : settings.files()) {
    if (file.is_read) {
      read.push_back(file.kind + " " + file.path);
    }
  }
  CHECK(read == std::vector<std::string>{"project config/menacedb.toml",
                                         "drop-in config/menacedb.d/a.toml"});
}
