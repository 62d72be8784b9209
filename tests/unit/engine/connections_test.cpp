#include "core/engine/make_router.hpp"
#include "core/engine/query/connections.hpp"
#include "core/os/posix_fs.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <latch>
#include <thread>
#include <vector>

using namespace menacedb;
using namespace menacedb::test;

namespace {

// The databases of instance "alpha" in a directory of their own.
struct ConnectionsBench {
  TempDir directory;
  PosixFs fs;
  SystemClock clock;
  StopFlag stop;
  Log log{LogLevel::error, LogFormat::kv};
  std::string shared = directory / "deep/shared/global.db";
  std::string local = directory / "own/<id>.db";
  Settings settings = load();
  Router router = make_router(settings);
  Connections connections{Context{fs, clock, log, stop, settings}, router};

  Settings load() {
    ConfigSources sources;
    sources.environment = [](const char*) -> const char* { return nullptr; };
    sources.flags = {
        {"databases.shared", shared}, {"databases.local", local}, {"instance.id", "alpha"}};
    return Settings::load(fs, sources);
  }
};

} // namespace

TEST_CASE("the connection of a table is to the database it lives in") {
  ConnectionsBench bench;
  for (const char* table :
       {"failures", "synergy_history", "roi", "action_roi", "allocation_weights"}) {
    CAPTURE(table);
    CHECK(bench.connections.get(table, ConnectionUse::write)->path() ==
          bench.directory / "own/alpha.db");
  }
  CHECK(bench.connections.get("bots", ConnectionUse::write)->path() == bench.shared);
  CHECK(std::filesystem::exists(bench.shared));
}

TEST_CASE("a denied and an undeclared table have no connection") {
  ConnectionsBench bench;
  const auto denied = error_of([&] { (void)bench.connections.get("capital_ledger"); });
  REQUIRE(denied);
  CHECK(denied->kind() == ErrorKind::denied);
  CHECK(denied->message() == "Access to table 'capital_ledger' is denied");
  const auto unknown = error_of([&] { (void)bench.connections.get("bost"); });
  REQUIRE(unknown);
  CHECK(unknown->message() == "Unknown table: bost");
  CHECK(bench.connections.active() == 0);
}

TEST_CASE("connections have the settings that the old router gave them") {
  ConnectionsBench bench;
  const Connections::Handle bots = bench.connections.get("bots", ConnectionUse::write);
  CHECK(bots->query_text("PRAGMA journal_mode") == "wal");
  CHECK(bots->query_integer("PRAGMA foreign_keys") == 1);
  CHECK(bots->query_integer("PRAGMA synchronous") == 1);
  CHECK(bots->query_integer("PRAGMA cache_size") == -64000);
  CHECK(bots->query_integer("PRAGMA temp_store") == 2);
}

TEST_CASE("handles of one thread share a connection which the last one closes") {
  ConnectionsBench bench;
  {
    const Connections::Handle bots = bench.connections.get("bots", ConnectionUse::write);
    const Connections::Handle errors = bench.connections.get("errors", ConnectionUse::write);
    CHECK(&*bots == &*errors);
    CHECK(bench.connections.active() == 1);
    const Connections::Handle memory = bench.connections.get("memory", ConnectionUse::write);
    CHECK(bench.connections.active() == 2);
  }
  CHECK(bench.connections.active() == 0);
}

TEST_CASE("a connection for reading creates nothing") {
  ConnectionsBench bench;
  const auto missing = error_of([&] { (void)bench.connections.get("bots"); });
  REQUIRE(missing);
  CHECK(missing->code() == "not-found");
  CHECK_FALSE(std::filesystem::exists(bench.directory / "deep"));
  CHECK(bench.connections.active() == 0);
}

TEST_CASE("many threads have connections of their own which are closed at their end") {
  ConnectionsBench bench;
  bench.connections.get("bots", ConnectionUse::write)->execute("CREATE TABLE bots (n)");
  constexpr int k_threads = 8;
  std::latch all_open(k_threads);
  std::latch counted(1);
  std::vector<Database*> seen(k_threads);
  std::vector<std::jthread> threads;
  for (int i = 0; i < k_threads; ++i) {
    threads.emplace_back([&, i] {
      const Connections::Handle bots = bench.connections.get("bots", ConnectionUse::write);
      seen[static_cast<std::size_t>(i)] = &*bots;
      bots->execute("INSERT INTO bots VALUES (1)");
      all_open.count_down();
      counted.wait();
    });
  }
  all_open.wait();
  CHECK(bench.connections.active() == k_threads);
  counted.count_down();
  threads.clear();
  std::ranges::sort(seen);
  CHECK(std::ranges::adjacent_find(seen) == seen.end());
  CHECK(bench.connections.active() == 0);
  CHECK(bench.connections.get("bots")->query_integer("SELECT count(*) FROM bots") == k_threads);
}
