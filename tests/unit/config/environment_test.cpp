#include "core/base/error.hpp"
#include "core/config/items.hpp"
#include "tests/unit/config/config_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using menacedb::test::ConfigBench;

TEST_CASE("the old variables of the queue directory win in their documented order") {
  ConfigBench bench;
  for (const char* name :
       {"DB_QUEUE_DIR", "MENACE_QUEUE_DIR", "SHARED_QUEUE_DIR", "DB_ROUTER_QUEUE_DIR"}) {
    bench.variables[name] = name;
    CHECK(bench.load().text("queue.dir") == name);
    CHECK(bench.load().origin("queue.dir").at == name);
  }
}

TEST_CASE("every old variable sets its item") {
  ConfigBench bench;
  bench.variables["MENACE_ID"] = "alpha";
  bench.variables["MENACE_SHARED_DB_PATH"] = "s.db";
  bench.variables["MENACE_LOCAL_DB_PATH"] = "l.db";
  bench.variables["SYNC_INTERVAL"] = "0.5";
  bench.variables["DB_ROUTER_LOG_LEVEL"] = "INFO";
  bench.variables["DB_ROUTER_LOG_FORMAT"] = "kv";
  const Settings settings = bench.load();
  CHECK(settings.problems().empty());
  CHECK(settings.text("instance.id") == "alpha");
  CHECK(settings.text("databases.shared") == "s.db");
  CHECK(settings.text("databases.local") == "l.db");
  CHECK(settings.duration("sync.interval") == std::chrono::milliseconds(500));
  CHECK(settings.text("log.level") == "info");
  CHECK(settings.text("log.format") == "kv");
}

TEST_CASE("the level names of Python are read as ours") {
  ConfigBench bench;
  bench.variables["DB_ROUTER_LOG_LEVEL"] = "CRITICAL";
  CHECK(bench.load().text("log.level") == "error");
  bench.variables["DB_ROUTER_LOG_LEVEL"] = "WARN";
  CHECK(bench.load().text("log.level") == "warning");
}

TEST_CASE("every item is also a variable of its own") {
  for (const Item& item : config_items()) {
    ConfigBench bench;
    const std::string value = item.type == ItemType::word         ? std::string(item.default_value)
                              : item.type == ItemType::boolean    ? "no"
                              : item.type == ItemType::integer    ? "7"
                              : item.type == ItemType::duration   ? "7s"
                              : item.type == ItemType::bytes      ? "7MiB"
                              : item.type == ItemType::counts     ? "seven=7"
                              : item.type == ItemType::limits     ? "age=7d,count=7"
                              : item.key == "routing.tables_file" ? "/dev/null"
                                                                  : "seven";
    bench.variables[environment_name(item)] = value;
    const Settings settings = bench.load();
    CHECK(settings.origin(item.key).at == environment_name(item));
    CHECK(settings.display(item.key) == (value == "no" ? "false" : value));
  }
}

TEST_CASE("the batch size has a second variable of a shorter name") {
  ConfigBench bench;
  bench.variables["MENACEDB_SYNC_BATCH"] = "2MiB";
  CHECK(bench.problem() == "");
  CHECK(bench.load().bytes("sync.batch_bytes") == 2u << 20u);
}

TEST_CASE("an empty variable counts as not set") {
  ConfigBench bench;
  bench.variables["MENACE_ID"] = "";
  bench.variables["SYNC_INTERVAL"] = "";
  CHECK(bench.problem() == "");
  CHECK(bench.load().text("instance.id") == "default");
}

TEST_CASE("table lists of variables are split trimmed and merged") {
  ConfigBench bench;
  bench.write("menacedb.toml", "routing.shared = ['alerts']\n");
  bench.variables["DB_ROUTER_SHARED_TABLES"] = " metrics2 ,, alerts ";
  bench.variables["MENACEDB_ROUTING_SHARED"] = "more";
  CHECK(bench.load().list("routing.shared") ==
        std::vector<std::string>{"alerts", "metrics2", "more"});
}

TEST_CASE("a bad value of a variable is a problem that names the variable") {
  ConfigBench bench;
  SUBCASE("duration") {
    bench.variables["SYNC_INTERVAL"] = "soon";
    CHECK(bench.problem() == "SYNC_INTERVAL: cannot set 'sync.interval': expected a duration such "
                             "as '5s', found 'soon'");
    CHECK(bench.load().duration("sync.interval") == std::chrono::seconds(10));
  }
  SUBCASE("word") {
    bench.variables["DB_ROUTER_LOG_FORMAT"] = "xml";
    CHECK(bench.problem() ==
          "DB_ROUTER_LOG_FORMAT: cannot set 'log.format': expected one of json, kv, found 'xml'");
  }
  SUBCASE("boolean") {
    bench.variables["MENACEDB_QUEUE_FALLBACK"] = "perhaps";
    CHECK(bench.problem() == "MENACEDB_QUEUE_FALLBACK: cannot set 'queue.fallback': expected true "
                             "or false, found 'perhaps'");
  }
  SUBCASE("range") {
    bench.variables["MENACEDB_RETRY_ATTEMPTS"] = "0";
    CHECK(bench.problem() == "MENACEDB_RETRY_ATTEMPTS: cannot set 'retry.attempts': expected a "
                             "value from 1 to 1000, found '0'");
  }
  SUBCASE("size") {
    bench.variables["MENACEDB_QUEUE_MAX_LINE"] = "2GiB";
    CHECK(bench.problem() == "MENACEDB_QUEUE_MAX_LINE: cannot set 'queue.max_line': expected a "
                             "value from 1KiB to 1GiB, found '2GiB'");
  }
  SUBCASE("an id that would leave its directory") {
    bench.variables["MENACE_ID"] = "../evil";
    CHECK(bench.problem() == "MENACE_ID: cannot set 'instance.id': expected letters, digits, '.', "
                             "'_' and '-', at most 128 and no reserved name, found '../evil'");
  }
  SUBCASE("control characters do not reach the terminal") {
    bench.variables["SYNC_INTERVAL"] = "\x1b[2J";
    CHECK(bench.problem().find('\x1b') == std::string::npos);
    CHECK(bench.problem().find("\\x1b[2J") != std::string::npos);
  }
}

TEST_CASE("a mistyped variable of ours gets a suggestion and foreign ones are let pass") {
  ConfigBench bench;
  bench.variables["MENACEDB_JOB_ID"] = "7";
  bench.variables["MENACEDB_CONFIGURATOR"] = "x";
  bench.variables["MENACEDB_QUEUE_SOMETHING_OF_A_LATER_VERSION"] = "x";
  CHECK(bench.problem() == "");
  bench.variables["MENACEDB_QUEUE_DIRR"] = "q";
  CHECK(bench.problem() == "MENACEDB_QUEUE_DIRR: cannot use 'MENACEDB_QUEUE_DIRR': unknown "
                           "variable [did you mean 'MENACEDB_QUEUE_DIR'?]");
}

TEST_CASE("the environment file lies below the real environment") {
  ConfigBench bench;
  bench.write("agent.env", "# agents\n\n  MENACE_ID = beta \nSYNC_INTERVAL=3\nOTHER='quoted'\n"
                           "MENACE_SHARED_DB_PATH='s.db'\n");
  bench.variables["MENACE_ENV_FILE"] = "agent.env";
  bench.variables["SYNC_INTERVAL"] = "4";
  const Settings settings = bench.load();
  CHECK(settings.problems().empty());
  CHECK(settings.text("instance.id") == "beta");
  CHECK(settings.origin("instance.id").kind == "env");
  CHECK(settings.origin("instance.id").at == "agent.env:3:1");
  CHECK(settings.duration("sync.interval") == std::chrono::seconds(4));
  CHECK(settings.text("databases.shared") == "'s.db'"); // quotes are part of the value
}

TEST_CASE("a bad environment file is a problem with its line") {
  ConfigBench bench;
  bench.variables["MENACE_ENV_FILE"] = "agent.env";
  CHECK(bench.problem() == "agent.env: cannot read configuration file: no such file");
  bench.write("agent.env", "MENACE_ID=a\nnonsense\n");
  CHECK(bench.problem() == "agent.env:2:1: cannot read line: expected KEY=VALUE");
  bench.write("agent.env", "SYNC_INTERVAL=x\n");
  CHECK(bench.problem() == "agent.env:1:1: cannot set 'sync.interval': expected a duration such "
                           "as '5s', found 'x'");
}

TEST_CASE("drains read both directories when the two variables differ") {
  ConfigBench bench;
  bench.variables["DB_ROUTER_QUEUE_DIR"] = "first";
  using Paths = std::vector<std::string>;
  CHECK(bench.load().drain_queue_dirs() == Paths{"first"});
  bench.variables["SHARED_QUEUE_DIR"] = "./first/";
  CHECK(bench.load().drain_queue_dirs() == Paths{"first"});
  bench.variables["SHARED_QUEUE_DIR"] = "second";
  CHECK(bench.load().drain_queue_dirs() == Paths{"first", "second"});
  SUBCASE("but one when one is a link to the other") {
    std::filesystem::create_directory("first");
    std::filesystem::create_directory_symlink("first", "second");
    CHECK(bench.load().drain_queue_dirs() == Paths{"first"});
  }
  SUBCASE("but one when an option names it") {
    bench.flags["queue.dir"] = "third";
    CHECK(bench.load().drain_queue_dirs() == Paths{"third"});
  }
  SUBCASE("but one when the variable of ours names it") {
    bench.variables["MENACEDB_QUEUE_DIR"] = "third";
    CHECK(bench.load().drain_queue_dirs() == Paths{"third"});
  }
}

TEST_CASE("a bad option is wrong usage and not a bad configuration") {
  ConfigBench bench;
  bench.flags["log.level"] = "loud";
  const Settings settings = bench.load();
  try {
    settings.check();
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.message() == "--log-level: cannot set 'log.level': expected one of debug, info, "
                             "warning, error, found 'loud'");
  }
}
