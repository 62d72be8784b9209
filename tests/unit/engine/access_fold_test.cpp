#include "core/engine/drain/access_fold.hpp"
#include "core/queue/access_tally.hpp"
#include "core/store/access_rows.hpp"
#include "tests/crash/site.hpp"
#include "tests/support/child.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <signal.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

constexpr int k_lines = 5000; // enough to be folded

void note_many(Site& site) {
  std::filesystem::create_directories(site.queue_directory() + "/sealed");
  std::string lines;
  for (int i = 0; i < k_lines; ++i) {
    lines += "shared 1 telemetry\n";
  }
  site.append_raw("sealed/.access", lines);
}

// As often as the drain of this pass would do it, and once more a minute later.
void fold(Site& site) {
  static_cast<void>(site.drain());
  site.clock().advance(std::chrono::minutes(2));
  note_many(site);
  static_cast<void>(site.drain());
}

std::uint64_t counted(Site& site) {
  Spool spool(site.fs(), site.clock(), site.queue_directory());
  Database database(site.shared_database(), {}, site.clock(), site.context().stop);
  AccessRows rows(database);
  AccessCounts counts = rows.counts();
  counts += AccessTally(site.fs(), site.clock(), spool).pending(rows.folded(spool.id().value()));
  return counts.shared.at("telemetry");
}

} // namespace

TEST_CASE("counts of accesses go into the store once wherever a drain is killed") {
  unsigned kills = 0;
  for (bool is_killed = true; is_killed; ++kills) {
    Site site;
    site.enqueue("telemetry", "a"); // a spool has its id from the first seal
    static_cast<void>(site.drain());
    note_many(site);
    const Ended ended = run_in_child([&] {
      site.fs().kill_before_change(kills + 1);
      fold(site);
    });
    is_killed = ended.signal == SIGKILL;
    const std::uint64_t before = counted(site);
    const std::uint64_t rest = (before - 1) % k_lines;
    CHECK(rest == 0); // whole files: each once or twice appended by the test itself
    fold(site);
    fold(site);
    CHECK(counted(site) == before + 2 * k_lines);
  }
  CHECK(kills > 5);
}

TEST_CASE("entries that a drain applied are counted with them") {
  Site site;
  site.enqueue("telemetry", "a");
  site.enqueue("telemetry", "b");
  static_cast<void>(site.drain());
  CHECK(counted(site) == 2);
}
