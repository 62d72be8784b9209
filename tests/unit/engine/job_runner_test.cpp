#include "core/base/error.hpp"
#include "tests/support/child.hpp"
#include "tests/unit/engine/job_runner_bench.hpp"

#include <fmt/format.h>

#include <signal.h>

using namespace menacedb;
using namespace std::chrono_literals;
using menacedb::test::JobRunnerBench;
using menacedb::test::RunningJobs;

TEST_CASE("a job that its program does is completed") {
  JobRunnerBench bench;
  bench
      .shell("Ping", "cat > payload; echo $MENACEDB_JOB_ID $MENACEDB_JOB_TYPE "
                     "$MENACEDB_JOB_ATTEMPT $EXTRA > variables")
      .env = {{"EXTRA", "more"}};
  const auto id = bench.add("Ping", R"({"peer":"a"})");
  CHECK(bench.run_due() == JobCounts{.completed = 1});
  CHECK(bench.content("payload") == R"({"peer":"a"})");
  CHECK(bench.content("variables") == fmt::format("{} Ping 1 more\n", id));
  const Job job = bench.job(id);
  CHECK(job.status == "completed");
  CHECK(job.attempts == 0);
  CHECK(job.error.empty());
}

TEST_CASE("a job that fails is tried again as often as it may and then has failed") {
  JobRunnerBench bench;
  bench.shell("Ping", "echo $MENACEDB_JOB_ATTEMPT >> attempts; echo no route >&2; exit 3");
  const auto id = bench.add("Ping");
  CHECK(bench.run_due() == JobCounts{.failed = 1, .retried = 2});
  CHECK(bench.content("attempts") == "1\n2\n3\n");
  const Job job = bench.job(id);
  CHECK(job.status == "failed");
  CHECK(job.attempts == 3);
  CHECK(job.error == "exit status 3: no route");
}

TEST_CASE("the job itself says best how often it may be tried") {
  JobRunnerBench bench;
  bench.shell("Ping", "exit 1").max_attempts = 5;
  const auto id = bench.add({.type = "Ping", .payload = "{}", .max_attempts = 1});
  CHECK(bench.run_due() == JobCounts{.failed = 1});
  CHECK(bench.job(id).attempts == 1);
}

TEST_CASE("exit 75 asks for a retry that counts as an attempt") {
  JobRunnerBench bench;
  bench.shell("Ping", "test $MENACEDB_JOB_ATTEMPT = 2 || exit 75");
  const auto id = bench.add("Ping");
  CHECK(bench.run_due() == JobCounts{.completed = 1, .retried = 1});
  CHECK(bench.job(id).attempts == 1);
  CHECK(bench.job(id).error == "the handler asked for a retry");
}

TEST_CASE("a retry waits for its delay") {
  JobRunnerBench bench;
  bench.shell("Ping", "exit 1").retry_delay = 1h;
  const auto id = bench.add("Ping");
  const Instant begin = bench.clock.now();
  CHECK(bench.run_due() == JobCounts{.retried = 1});
  const Job job = bench.job(id);
  CHECK(job.status == "pending");
  CHECK(job.not_before >= begin + 45min);
  CHECK(job.not_before <= bench.clock.now() + 75min);
}

TEST_CASE("the pause before a retry doubles up to its bound and varies by a quarter") {
  JobHandler handler;
  handler.settings.retry_delay = 60s;
  handler.settings.max_retry_delay = 1000s;
  for (const auto& [failed, wait] :
       {std::pair{0U, 60s}, std::pair{1U, 120s}, std::pair{3U, 480s}, std::pair{20U, 1000s}}) {
    for (const std::uint64_t random : {0ULL, 1234567ULL, ~0ULL}) {
      CHECK(handler.retry_wait(failed, random) >= wait * 3 / 4 - 1us);
      CHECK(handler.retry_wait(failed, random) <= wait * 5 / 4 + 1us);
    }
  }
}

TEST_CASE("handlers that hang or die by a signal or flood fail with what they said last") {
  JobRunnerBench bench;
  bench.shell("Hang", "echo waiting >&2; sleep 1000").timeout = 100ms;
  bench.shell("Die", "kill -SEGV $$");
  bench.shell("Flood", "head -c 9000000 /dev/zero | tr '\\0' x >&2; echo last >&2; exit 1");
  bench.shell("Binary", "printf 'a\\377b\\303\\244\\n' >&2; exit 1");
  bench.shell("Fork", "sleep 1000 & exit 0");
  for (auto& [type, handler] : bench.handlers) {
    handler.settings.max_attempts = 1;
  }
  const auto hang = bench.add("Hang");
  const auto die = bench.add("Die");
  const auto flood = bench.add("Flood");
  const auto binary = bench.add("Binary");
  const auto fork = bench.add("Fork");
  CHECK(bench.run_due() == JobCounts{.completed = 1, .failed = 4});
  CHECK(bench.job(hang).error == "timed out after 100ms: waiting");
  CHECK(bench.job(die).error == "died by SIGSEGV");
  CHECK(bench.job(flood).error.size() < 5000);
  CHECK(bench.job(flood).error.ends_with("xxxlast"));
  CHECK(bench.job(binary).error == "exit status 1: a\\xffb\u00e4");
  CHECK(bench.status(fork) == "completed");
}

TEST_CASE("a program that is missing or may not be run fails the attempt with the reason") {
  JobRunnerBench bench;
  bench.shell("A", "").exec = {"/no/such/handler"};
  bench.handlers["A"].settings.is_exec_shell = false;
  bench.shell("B", "").exec = {bench.directory / "text"};
  bench.handlers["B"].settings.is_exec_shell = false;
  bench.shell("C", "true").cwd = bench.directory / "nowhere";
  replace_file(bench.fs, bench.directory / "text", "no program\n");
  const auto a = bench.add("A");
  const auto b = bench.add("B");
  const auto c = bench.add("C");
  CHECK(bench.run_due() == JobCounts{.failed = 3, .retried = 6});
  CHECK(bench.job(a).error == "cannot start '/no/such/handler': No such file or directory");
  CHECK(bench.job(b).error.ends_with("text': Permission denied"));
  CHECK(bench.job(c).error.starts_with("cannot enter folder '"));
}

TEST_CASE("a payload that is not JSON fails at once with the reason") {
  JobRunnerBench bench;
  bench.shell("Ping", "touch ran");
  const auto id = bench.add("Ping", "{not json");
  const auto good = bench.add("Ping", "[1]");
  CHECK(bench.run_due() == JobCounts{.completed = 1, .failed = 1});
  CHECK(bench.job(id).error.starts_with("the payload is not JSON: cannot parse JSON at byte"));
  CHECK(bench.job(id).attempts == 1);
  CHECK(bench.status(good) == "completed");
}

TEST_CASE("a payload of ten MiB reaches its handler") {
  JobRunnerBench bench;
  bench.shell("Ping", "wc -c > size");
  std::string payload(10 << 20, 'x');
  payload.front() = payload.back() = '"';
  bench.add("Ping", payload);
  CHECK(bench.run_due() == JobCounts{.completed = 1});
  CHECK(bench.content("size") == "10485760\n");
}

TEST_CASE("jobs of other types and jobs that are not due stay as they are") {
  JobRunnerBench bench;
  bench.shell("Ping", "true");
  bench.shell("Pong", "true");
  bench.options.types = {"Ping"};
  const auto unknown = bench.add("Unknown");
  const auto excluded = bench.add("Pong");
  const auto later =
      bench.add({.type = "Ping", .payload = "{}", .not_before = bench.clock.now() + 1h});
  CHECK(bench.run_due() == JobCounts{});
  for (const auto id : {unknown, excluded, later}) {
    CHECK(bench.status(id) == "pending");
    CHECK(bench.job(id).attempts == 0);
  }
}

TEST_CASE("one worker runs jobs by priority and then by age") {
  JobRunnerBench bench;
  bench.shell("Ping", "cat >> order");
  bench.options.workers = 1;
  bench.add("Ping", "1");
  bench.add("Ping", "2");
  bench.add({.type = "Ping", .payload = "3", .priority = 1});
  bench.add({.type = "Ping", .payload = "4", .priority = 10});
  CHECK(bench.run_due().completed == 4);
  CHECK(bench.content("order") == "3124");
}

TEST_CASE("a poison job does not keep others from running") {
  JobRunnerBench bench;
  bench.shell("Poison", "exit 1").retry_delay = 1h;
  bench.shell("Ping", "true");
  bench.options.workers = 1;
  bench.add({.type = "Poison", .payload = "{}", .priority = 1});
  bench.add("Ping");
  CHECK(bench.run_due() == JobCounts{.completed = 1, .retried = 1});
}

TEST_CASE("functions of scripts run jobs") {
  JobRunnerBench bench;
  bench.lua("Sum", "function job_Sum(job)\n"
                   "  if job.payload.a + job.payload.b == 3 and job.type == 'Sum'\n"
                   "     and job.attempt == 1 and job.id > 0 then return true end\n"
                   "  return false, 'it is ' .. job.payload.a + job.payload.b\n"
                   "end\n");
  bench
      .lua("Odd", "function job_Odd(job)\n"
                  "  if job.payload == 1 then return 'retry' end\n"
                  "  if job.payload == 2 then return {} end\n"
                  "  if job.payload == 3 then error('no') end\n"
                  "  if job.payload == 4 then while true do end end\n"
                  "  if job.payload == 5 then return false end\n"
                  "end\n")
      .max_attempts = 1;
  const auto good = bench.add("Sum", R"({"a":1,"b":2})");
  const auto bad = bench.add("Sum", R"({"a":1,"b":1})");
  std::vector<std::int64_t> odd;
  for (const std::string_view payload : {"0", "1", "2", "3", "4", "5"}) {
    odd.push_back(bench.add("Odd", payload));
  }
  CHECK(bench.run_due() == JobCounts{.completed = 2, .failed = 6, .retried = 2});
  CHECK(bench.status(good) == "completed");
  CHECK(bench.job(bad).error == "it is 2");
  CHECK(bench.job(odd[0]).status == "completed");
  CHECK(bench.job(odd[1]).error == "the handler asked for a retry");
  CHECK(bench.job(odd[2]).error.find("neither true") != std::string::npos);
  CHECK(bench.job(odd[3]).error.find("Odd.lua:4: no") != std::string::npos);
  CHECK(bench.job(odd[4]).error.find("instructions") != std::string::npos);
  CHECK(bench.job(odd[5]).error == "the handler answered false");
}

TEST_CASE("many short jobs of a script are run") {
  JobRunnerBench bench;
  bench.lua("Nothing", "function job_Nothing() end\n");
  {
    JobStore store = bench.open();
    store.write([&](JobTable& table) {
      for (int i = 0; i < 1000; ++i) {
        (void)table.add({.type = "Nothing", .payload = "{}", .created_at = bench.clock.now()});
      }
    });
  }
  CHECK(bench.run_due() == JobCounts{.completed = 1000});
}

TEST_CASE("a script that cannot be used is refused before any job is taken") {
  JobRunnerBench bench;
  bench.lua("Ping", "function job_Pong() end\n");
  CHECK_THROWS_AS((void)bench.runner(), Error);
  bench.lua("Ping", "function job_Ping( end\n");
  CHECK_THROWS_AS((void)bench.runner(), Error);
  bench.handlers["Ping"].settings.lua = bench.directory / "missing.lua";
  CHECK_THROWS_AS((void)bench.runner(), Error);
}

TEST_CASE("a row that another program inserts is run soon by a runner that sleeps") {
  JobRunnerBench bench;
  bench.shell("Ping", "true");
  bench.open();
  RunningJobs running(bench);
  bench.wait_until([&] { return !running.runner().is_needed(); });
  for (int i = 1; i <= 5; ++i) {
    {
      Database other(bench.path, {}, bench.clock, bench.stop);
      other.execute("INSERT INTO sync_jobs(job_type, payload, status, created_at) "
                    "VALUES('Ping', '{}', 'pending', unixepoch())");
    }
    bench.wait_until([&] { return bench.status(i) == "completed"; });
  }
  CHECK(running.end() == JobCounts{.completed = 5});
}

TEST_CASE("a delayed job is run when its time has come") {
  JobRunnerBench bench;
  bench.shell("Ping", "true");
  RunningJobs running(bench);
  const auto id =
      bench.add({.type = "Ping", .payload = "{}", .not_before = bench.clock.now() + 300ms});
  bench.wait_until([&] { return bench.status(id) == "completed"; });
  CHECK(bench.job(id).completed_at.has_value());
}

TEST_CASE("a stop lets jobs end that soon do and hands the others back") {
  JobRunnerBench bench;
  bench.shell("Soon", "touch begun; while [ ! -e end ]; do sleep 0.01; done");
  bench.shell("Never", "touch never; sleep 1000");
  bench.options.stop_patience = 300ms;
  const auto soon = bench.add("Soon");
  const auto never = bench.add("Never");
  RunningJobs running(bench);
  bench.wait_until([&] {
    return bench.fs.stat(bench.directory / "begun") && bench.fs.stat(bench.directory / "never");
  });
  bench.stop.request();
  running.runner().wake();
  replace_file(bench.fs, bench.directory / "end", "");
  CHECK(running.end() == JobCounts{.completed = 1});
  CHECK(bench.status(soon) == "completed");
  CHECK(bench.status(never) == "pending");
  CHECK(bench.job(never).attempts == 0);
}

TEST_CASE("a job that is cancelled while it runs is stopped") {
  JobRunnerBench bench;
  bench.shell("Never", "echo $$ > pid.new; mv pid.new pid; sleep 1000");
  bench.options.renewal = 20ms;
  const auto id = bench.add("Never");
  RunningJobs running(bench);
  bench.wait_until([&] { return !bench.content("pid").empty(); });
  {
    Database other(bench.path, {}, bench.clock, bench.stop);
    other.execute(fmt::format("UPDATE sync_jobs SET status = 'cancelled' WHERE id = {}", id));
  }
  bench.wait_until([&] { return !running.runner().is_needed(); });
  CHECK(running.end() == JobCounts{});
  CHECK(bench.status(id) == "cancelled");
}

TEST_CASE("the job of a worker that was killed is run again at once") {
  JobRunnerBench bench;
  bench.shell("Ping", "echo $MENACEDB_JOB_ATTEMPT >> attempts; "
                      "[ $MENACEDB_JOB_ATTEMPT = 2 ] || sleep 1000");
  const auto id = bench.add("Ping");
  {
    test::Child worker([&] { (void)bench.run_due(); });
    bench.wait_until([&] { return bench.content("attempts") == "1\n"; });
    worker.kill(SIGKILL);
    (void)worker.wait();
  }
  CHECK(bench.run_due() == JobCounts{.completed = 1, .retried = 1});
  CHECK(bench.content("attempts") == "1\n2\n");
  CHECK(bench.job(id).attempts == 1);
  CHECK(bench.job(id).error == "its worker died");
}

TEST_CASE("new handlers are taken while jobs run") {
  JobRunnerBench bench;
  bench.shell("Old", "touch begun; while [ ! -e end ]; do sleep 0.01; done");
  const auto old = bench.add("Old");
  RunningJobs running(bench);
  bench.wait_until([&] { return bench.fs.stat(bench.directory / "begun").has_value(); });
  const auto fresh = bench.add("New");
  bench.handlers.clear();
  bench.shell("New", "true");
  JobRunnerOptions options;
  options.handlers = bench.handlers;
  running.runner().replace_options(std::move(options));
  bench.wait_until([&] { return bench.status(fresh) == "completed"; });
  CHECK(bench.status(old) == "running");
  replace_file(bench.fs, bench.directory / "end", "");
  bench.wait_until([&] { return bench.status(old) == "completed"; });
}

TEST_CASE("a table that cannot be used is told and tried again until it can") {
  JobRunnerBench bench;
  bench.shell("Ping", "true");
  replace_file(bench.fs, bench.path, "this is no database, not at all, not one bit of it......");
  RunningJobs running(bench);
  bench.wait_until([&] { return bench.lines > 0; });
  CHECK(bench.fs.unlink(bench.path));
  const auto id = bench.add("Ping");
  bench.wait_until([&] { return bench.status(id) == "completed"; });
  CHECK(running.end() == JobCounts{.completed = 1});
}
