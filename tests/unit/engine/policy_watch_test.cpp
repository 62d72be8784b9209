#include "core/engine/worker/pinned_items.hpp"
#include "core/engine/worker/policy_watch.hpp"
#include "core/os/posix_fs.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace menacedb;
using namespace std::chrono_literals;

namespace {

struct Watched {
  test::TempDir dir;
  PosixFs fs;
  test::FakeClock clock;
  PolicyWatch watch{fs, clock};
  std::string path = dir / "menacedb.toml";
  int loads = 0;

  Watched() {
    write("a");
    load();
  }
  void write(std::string_view text) const { std::ofstream(path) << text; }
  std::string load() {
    return watch.load([this](FileSet& files) {
      ++loads;
      files.files.insert(path);
      return fs.stat(path) ? read_file(fs, path, 1000) : std::string("none");
    });
  }
};

} // namespace

TEST_CASE("what was not watched when it was read is read again") {
  Watched watched;
  CHECK(watched.loads == 2);
  CHECK(watched.load() == "a");
  CHECK(watched.loads == 3);
  CHECK_FALSE(watched.watch.due());
}

TEST_CASE("what changes while it is read is read again") {
  Watched watched;
  const int before = watched.loads;
  const std::string answer = watched.watch.load([&](FileSet& files) {
    files.files.insert(watched.path);
    std::string text = read_file(watched.fs, watched.path, 1000);
    if (++watched.loads == before + 1) {
      watched.write("b");
    }
    return text;
  });
  CHECK(answer == "b");
  CHECK(watched.loads == before + 2);
}

TEST_CASE("what is being written is not read before half a second has passed") {
  Watched watched;
  std::ofstream half(watched.path);
  half << std::flush; // empty by now
  watched.clock.on_sleep([&](Duration) {
    if (watched.clock.slept() == 50ms) {
      half << "b" << std::flush;
      half.close();
    }
  });
  CHECK(watched.load() == "b");
  std::ofstream open(watched.path);
  CHECK(watched.load().empty());
  CHECK(watched.clock.slept() == 550ms);
}

TEST_CASE("files that do not come to rest are an error") {
  Watched watched;
  CHECK_THROWS_AS(watched.watch.load([&](FileSet& files) {
    files.files.insert(watched.path);
    watched.write(std::to_string(++watched.loads));
    return 1;
  }),
                  Error);
}

TEST_CASE("a failure is thrown once everything it looked for is watched") {
  Watched watched;
  int tries = 0;
  CHECK_THROWS_AS(watched.watch.load([&](FileSet& files) -> int {
    ++tries;
    files.files.insert(watched.dir / "missing.lua");
    throw Error(ErrorKind::config, "test", "cannot test");
  }),
                  Error);
  CHECK(tries == 2);
  CHECK_FALSE(watched.watch.due());
  std::ofstream(watched.dir / "missing.lua") << "here";
  CHECK(watched.watch.due() > 0s);
}

TEST_CASE("a change is due after a short quiet time and not before") {
  Watched watched;
  const std::string before = watched.watch.content();
  watched.write("b");
  CHECK(watched.watch.due() == 15ms);
  watched.clock.advance(14ms);
  CHECK(watched.watch.due() == 1ms);
  watched.clock.advance(1ms);
  CHECK(watched.watch.is_due());
  CHECK(watched.watch.is_due()); // until it is loaded
  CHECK(watched.load() == "b");
  CHECK(watched.watch.content() != before);
  CHECK_FALSE(watched.watch.due());
}

TEST_CASE("changes without a pause do not put a reload off for ever") {
  Watched watched;
  Duration waited{};
  while (!watched.watch.is_due()) {
    watched.write(std::to_string(waited.count()));
    watched.clock.advance(5ms);
    waited += 5ms;
    REQUIRE(waited <= 100ms);
  }
  CHECK(waited == 50ms);
}

TEST_CASE("what ends as it began is no change") {
  Watched watched;
  watched.write("b");
  watched.write("a");
  CHECK(watched.watch.due() == 15ms);
  watched.clock.advance(15ms);
  CHECK_FALSE(watched.watch.due());
  CHECK_FALSE(watched.watch.due());
}

TEST_CASE("a file that went away gets half a second to come back") {
  Watched watched;
  std::filesystem::remove(watched.path);
  CHECK(watched.watch.due() == 15ms);
  watched.clock.advance(499ms);
  CHECK(watched.watch.due() == 1ms);
  watched.clock.advance(1ms);
  CHECK(watched.watch.is_due());
  CHECK(watched.load() == "none");
}

TEST_CASE("a file that is open for writing is waited for") {
  Watched watched;
  std::filesystem::remove(watched.path);
  {
    std::ofstream half(watched.path);
    half << "half" << std::flush;
    static_cast<void>(watched.watch.due());
    watched.clock.advance(100ms);
    const std::optional<Duration> due = watched.watch.due();
    REQUIRE(due);
    CHECK(*due > 0s);
  }
  static_cast<void>(watched.watch.due());
  watched.clock.advance(15ms);
  CHECK(watched.watch.is_due());
}

TEST_CASE("a writer that never closes is waited for no longer than half a second") {
  Watched watched;
  std::ofstream open(watched.path);
  open << "b" << std::flush;
  std::filesystem::rename(watched.path, watched.dir / "x"); // something that counts happens
  std::filesystem::rename(watched.dir / "x", watched.path);
  static_cast<void>(watched.watch.due());
  watched.clock.advance(499ms);
  CHECK_FALSE(watched.watch.is_due());
  watched.clock.advance(1ms);
  CHECK(watched.watch.is_due());
}

TEST_CASE("an item that a variable decides is pinned when its file changes") {
  test::TempDir dir;
  PosixFs fs;
  ConfigSources sources;
  sources.config_file = dir / "menacedb.toml";
  sources.system_directory = dir / "none";
  sources.environment = [](const char* name) {
    return std::string_view(name) == "SYNC_INTERVAL" ? "3" : nullptr;
  };
  const auto load = [&](std::string_view text) {
    std::ofstream(sources.config_file) << text;
    return Settings::load(fs, sources);
  };
  const Settings before = load("[sync]\ninterval = '1s'\nbatch_bytes = '1MiB'\n");
  CHECK(pinned_items(before, before).empty());
  const Settings after = load("[sync]\ninterval = '2s'\nbatch_bytes = '2MiB'\n");
  CHECK(pinned_items(before, after) == std::vector<std::string>{"sync.interval"});
  CHECK(pinned_items(before, load("")) == std::vector<std::string>{"sync.interval"});
}
