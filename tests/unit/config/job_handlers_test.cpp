#include "core/config/setting_list.hpp"
#include "tests/unit/config/config_bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace menacedb;
using namespace std::chrono_literals;
using menacedb::test::ConfigBench;

namespace {

JobHandlerSettings handler(ConfigBench& bench, const std::string& text) {
  bench.write("menacedb.toml", "[jobs.handlers.Ping]\n" + text);
  const Settings settings = bench.load();
  REQUIRE(bench.problems() == std::vector<std::string>{});
  return settings.job_handlers().at("Ping");
}

std::string problem(const std::string& text) {
  ConfigBench bench;
  bench.write("menacedb.toml", text);
  return bench.problem();
}

std::string problem_of(const std::string& line) {
  return problem("[jobs.handlers.Ping]\nexec = ['true']\n" + line);
}

} // namespace

TEST_CASE("a handler needs no more than what it runs") {
  ConfigBench bench;
  const JobHandlerSettings ping = handler(bench, "exec = ['ping', '-c', '1']\n");
  CHECK(ping.exec == std::vector<std::string>{"ping", "-c", "1"});
  CHECK_FALSE(ping.is_exec_shell);
  CHECK(ping.timeout == 5min);
  CHECK(ping.max_attempts == 3);
  CHECK(ping.retry_delay == 60s);
  CHECK_FALSE(ping.has_schedule());
}

TEST_CASE("every key of a handler is read") {
  ConfigBench bench;
  const JobHandlerSettings ping = handler(bench, R"(
exec = "echo $HOME | cat"
timeout = "90s"
max_attempts = 7
retry_delay = 2.5
max_retry_delay = "10m"
concurrency = 2
cwd = "work"
env = { LANG = "C", EMPTY = "" }
every = "5s"
payload = '{"peer":1}'
priority = 1
)");
  CHECK(ping.exec == std::vector<std::string>{"echo $HOME | cat"});
  CHECK(ping.is_exec_shell);
  CHECK(ping.timeout == 90s);
  CHECK(ping.max_attempts == 7);
  CHECK(ping.retry_delay == 2500ms);
  CHECK(ping.max_retry_delay == 10min);
  CHECK(ping.concurrency == 2);
  CHECK(ping.cwd == "work");
  CHECK(ping.env == std::map<std::string, std::string>{{"LANG", "C"}, {"EMPTY", ""}});
  CHECK(ping.every == 5s);
  CHECK(ping.payload == R"({"peer":1})");
  CHECK(ping.priority == 1);
}

TEST_CASE("a handler may be a function of a script on a schedule in a time zone") {
  ConfigBench bench;
  const JobHandlerSettings ping =
      handler(bench, "lua = 'jobs.lua'\nfunction = 'job_other'\ncron = '0 3 * * mon'\n"
                     "time_zone = 'Europe/Berlin'\ntimeout = 0\n");
  CHECK(ping.lua == "jobs.lua");
  CHECK(ping.function == "job_other");
  CHECK(ping.cron == "0 3 * * mon");
  CHECK(ping.time_zone == "Europe/Berlin");
  CHECK(ping.timeout == 0s);
  CHECK(ping.has_schedule());
}

TEST_CASE("later files change keys of a handler one by one") {
  ConfigBench bench;
  bench.write("menacedb.toml", "[jobs.handlers.\"Odd name\"]\nexec = ['a']\nmax_attempts = 5\n");
  bench.write("menacedb.d/10.toml", "jobs.handlers.\"Odd name\".exec = 'b'\n");
  const Settings settings = bench.load();
  settings.check();
  const JobHandlerSettings& odd = settings.job_handlers().at("Odd name");
  CHECK(odd.exec == std::vector<std::string>{"b"});
  CHECK(odd.is_exec_shell);
  CHECK(odd.max_attempts == 5);
  const auto all = list_settings(settings);
  const auto exec = std::ranges::find(all, "jobs.handlers.Odd name.exec", &Setting::key);
  REQUIRE(exec != all.end());
  CHECK(exec->value.text == "b");
  CHECK(exec->origin.at == "menacedb.d/10.toml:1:33");
}

TEST_CASE("the variables of a handler are listed without their values") {
  ConfigBench bench;
  bench.write("menacedb.toml", "[jobs.handlers.A]\nexec = 'a'\nenv = { TOKEN = 'secret' }\n");
  const auto all = list_settings(bench.load());
  const auto env = std::ranges::find(all, "jobs.handlers.A.env", &Setting::key);
  REQUIRE(env != all.end());
  CHECK(env->value.list == std::vector<std::string>{"TOKEN"});
}

TEST_CASE("a handler that cannot be meant is refused with the reason") {
  CHECK(problem("[jobs.handlers.Ping]\n") ==
        "menacedb.toml:1:16: cannot use 'jobs.handlers.Ping': it has neither exec nor lua "
        "[exec = [\"program\", \"argument\"] runs a program]");
  CHECK(problem_of("lua = 'a.lua'\n").find("it has both exec and lua") != std::string::npos);
  CHECK(problem_of("every = '5s'\ncron = '* * * * *'\n").find("both every and cron") !=
        std::string::npos);
  CHECK(problem("[jobs.handlers.\"menacedb-entry\"]\nexec = 'a'\n").find("menacedb's own") !=
        std::string::npos);
  CHECK(problem("[jobs.handlers.\"\"]\nexec = 'a'\n").find("no type of jobs") != std::string::npos);
  CHECK(problem("[jobs.handlers]\nPing = 'a'\n").find("expected a table, found a string") !=
        std::string::npos);
  CHECK(problem("[jobs]\nhandlers = 1\n").find("expected a table, found a whole number") !=
        std::string::npos);
}

TEST_CASE("values of a handler that cannot be used are refused where they stand") {
  CHECK(problem_of("plugin = 'x'\n").find("no plugin that is loaded brings handlers") !=
        std::string::npos);
  CHECK(problem_of("timeot = '5s'\n") ==
        "menacedb.toml:3:1: cannot set 'jobs.handlers.Ping.timeot': unknown key "
        "[did you mean 'timeout'?]");
  CHECK(problem_of("timeout = 'soon'\n") ==
        "menacedb.toml:3:11: cannot set 'jobs.handlers.Ping.timeout': expected a duration such as "
        "'5s'");
  CHECK(problem_of("cron = '61 * * * *'\n").find("minute '61': expected 0 to 59") !=
        std::string::npos);
  CHECK(problem_of("payload = '{'\n").find("cannot parse JSON") != std::string::npos);
  CHECK(problem_of("function = 'route'\n").find("begins with 'job_'") != std::string::npos);
  for (const std::string line :
       {"max_attempts = 0", "max_attempts = '3'", "max_attempts = -1", "concurrency = 1.5",
        "cwd = ''", "cwd = 1", "every = '0s'", "every = '10ms'", "env = 'A=b'", "env = { A = 1 }",
        "env = { 'A=B' = 'c' }", "priority = 0", "priority = 11", "cron = ''", "time_zone = 3",
        "timeout = true", "timeout.a = 1", "retry_delay = -1"}) {
    CAPTURE(line);
    const std::string text = problem_of(line + "\n");
    CHECK(text.starts_with("menacedb.toml:3:"));
  }
  for (const std::string exec : {"''", "[]", "['']", "[1]", "3", "true"}) {
    CAPTURE(exec);
    ConfigBench bench;
    bench.write("menacedb.toml", "[jobs.handlers.Ping]\nexec = " + exec + "\n");
    CHECK(bench.problems().at(0).starts_with("menacedb.toml:2:"));
  }
}
