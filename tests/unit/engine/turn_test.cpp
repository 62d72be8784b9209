#include "core/base/error.hpp"
#include "core/engine/turn.hpp"
#include "core/os/posix_fs.hpp"
#include "tests/support/child.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <fstream>

using namespace menacedb;
using namespace menacedb::test;
using namespace std::chrono_literals;

namespace {

ConfigSources no_configuration() {
  ConfigSources sources;
  sources.system_directory = "/nonexistent";
  return sources;
}

struct Workplace {
  TempDir folder;
  PosixFs fs;
  SystemClock clock;
  Log log;
  StopFlag stop;
  Settings settings = Settings::load(fs, no_configuration());

  Context context() { return {fs, clock, log, stop, settings}; }
};

} // namespace

TEST_CASE("a second drain waits for its turn and says who has it") {
  Workplace place;
  const std::string path = place.folder / "sealed/.drain.lock";
  const Gate taken;
  Child holder([&] {
    const Turn turn(place.context(), path, 1s);
    taken.open();
    ::pause();
  });
  taken.wait();
  const auto error = error_of([&] { const Turn turn(place.context(), path, 20ms); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::busy);
  CHECK(error->message().find("pid " + std::to_string(holder.pid())) != std::string::npos);
  holder.kill(SIGKILL);
  holder.wait();
  CHECK_FALSE(error_of([&] { const Turn turn(place.context(), path, 1s); }));
}

TEST_CASE("drains that compete all the time alternate") {
  Workplace place;
  const std::string path = place.folder / "sealed/.drain.lock";
  const std::string order = place.folder / "order";
  const auto compete = [&](char name) {
    for (int i = 0; i < 20; ++i) {
      const Turn turn(place.context(), path, 10s);
      std::ofstream(order, std::ios::app) << name << std::flush;
      place.clock.sleep(2ms);
    }
  };
  Child a([&] { compete('a'); });
  Child b([&] { compete('b'); });
  a.wait();
  b.wait();
  std::string turns;
  std::ifstream(order) >> turns;
  REQUIRE(turns.size() == 40);
  int changes = 0;
  for (std::size_t i = 1; i < turns.size(); ++i) {
    changes += turns[i] != turns[i - 1] ? 1 : 0;
  }
  CHECK(changes >= 10); // without the doorway the first one takes nearly all its turns in a row
}
