#pragma once

#include "core/db/database.hpp"
#include "core/engine/context.hpp"
#include "core/os/posix_fs.hpp"
#include "tests/support/child.hpp"
#include "tests/support/temp_dir.hpp"

#include <functional>
#include <map>
#include <string>
#include <unistd.h>

namespace menacedb::test {

// A folder with a database and a spool, and the settings that name them.
struct CareBench {
  using Items = std::map<std::string, std::string>; // settings by key

  TempDir folder;
  PosixFs fs;
  SystemClock clock;
  Log log;
  StopFlag stop;
  std::string path = folder / "x.db";
  std::string spool = folder / "queue";
  Settings settings;

  explicit CareBench(Items items = {}) : settings(load(std::move(items))) {}

  [[nodiscard]] Context context() { return {fs, clock, log, stop, settings}; }
  [[nodiscard]] Database open() {
    DatabaseOptions options;
    options.create = true;
    return Database(path, options, clock, stop);
  }
  void run(const std::string& sql) { open().execute(sql); }

private:
  [[nodiscard]] Settings load(Items items) {
    ConfigSources sources;
    sources.system_directory = "/nonexistent";
    sources.flags = std::move(items);
    sources.flags.emplace("databases.shared", path);
    sources.flags.emplace("databases.local", folder / "local.db");
    sources.flags.emplace("queue.dir", spool);
    return Settings::load(fs, sources);
  }
};

// Another program that did something with a connection of its own, and now stays.
struct OtherProgram {
  Gate ready;
  Child child;

  OtherProgram(CareBench& bench, const std::string& sql)
      : child([&] {
          Database database = bench.open();
          database.execute(sql);
          ready.open();
          ::pause();
        }) {
    ready.wait();
  }
};

} // namespace menacedb::test
