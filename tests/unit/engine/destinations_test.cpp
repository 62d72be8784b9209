#include "core/engine/drain/destinations.hpp"
#include "core/engine/make_router.hpp"
#include "core/os/posix_fs.hpp"

#include <doctest/doctest.h>

using namespace menacedb;

namespace {

struct Routed {
  PosixFs fs;
  SystemClock clock;
  Log log{LogLevel::error};
  StopFlag stop;
  Settings settings;
  Router router;
  Batch batch;

  Routed() : settings(load(fs)), router(make_router(settings)) {}

  static Settings load(Fs& fs) {
    ConfigSources sources;
    sources.system_directory = "/nonexistent";
    return Settings::load(fs, sources);
  }
  void add(std::string_view table, std::string_view origin) {
    Entry entry;
    entry.table = table;
    entry.origin = origin;
    batch.entries.push_back(entry);
  }
  const Destination& assign(bool takes_any_table = false) {
    Destinations destinations(
        Context{fs, clock, log, stop, settings}, router,
        {.home_path = "/shared.db",
         .shared_path = {},
         .takes_any_table = takes_any_table,
         .has_table = [](std::string_view table) { return table == "there"; }});
    destinations.assign(batch);
    return batch.destinations[batch.entries.back().destination];
  }
};

} // namespace

TEST_CASE("entries of shared tables stay at home") {
  Routed routed;
  routed.add("bots", "alpha");
  CHECK(routed.assign().kind == Destination::Kind::home);
}

TEST_CASE("entries of local tables go to the database of their origin") {
  Routed routed;
  routed.add("memory", "alpha");
  routed.add("memory", "beta");
  const Destination& last = routed.assign();
  CHECK(last.kind == Destination::Kind::forward);
  CHECK(last.store == "./menace_beta_local.db");
  CHECK(routed.batch.destinations[routed.batch.entries.front().destination].store ==
        "./menace_alpha_local.db");
}

TEST_CASE("a local table of an origin that cannot name a file is refused") {
  Routed routed;
  routed.add("memory", "../evil");
  CHECK(routed.assign().fault.code == "unsafe-id");
}

TEST_CASE("denied and undeclared tables are refused") {
  Routed routed;
  routed.add("capital_ledger", "alpha");
  CHECK(routed.assign(true).fault.code == "table-denied");
  routed.add("nowhere", "alpha");
  CHECK(routed.assign().fault.code == "table-unknown");
}

TEST_CASE("an explicit database takes every table that it has") {
  Routed routed;
  routed.add("there", "alpha");
  CHECK(routed.assign(true).kind == Destination::Kind::home);
  routed.add("nowhere", "alpha");
  CHECK(routed.assign(true).fault.message == "no such table: nowhere");
}
