#include "core/queue/access_tally.hpp"
#include "tests/unit/queue/queue_bench.hpp"

#include <cerrno>

using namespace menacedb;
using menacedb::test::FsCall;
using menacedb::test::QueueBench;

namespace {

AccessCounts counts_of(AccessCounts::Tables shared, AccessCounts::Tables local = {}) {
  return {std::move(shared), std::move(local)};
}

struct TallyBench : QueueBench {
  Spool spool{fs, clock, path()};
  AccessTally tally{fs, clock, spool};
};

} // namespace

TEST_CASE("counts of accesses add up") {
  TallyBench bench;
  bench.tally.note(counts_of({{"bots", 2}, {"a table", 1}}));
  bench.tally.note(counts_of({{"bots", 1}}, {{"memory", 7}}));
  const AccessCounts counts = bench.tally.pending(0);
  CHECK(counts.shared == AccessCounts::Tables{{"a table", 1}, {"bots", 3}});
  CHECK(counts.local == AccessCounts::Tables{{"memory", 7}});
}

TEST_CASE("noting accesses is one write without a lock") {
  TallyBench bench;
  bench.tally.note(counts_of({{"bots", 1}}));
  bench.fs.forget_records();
  bench.tally.note(counts_of({{"bots", 1}}, {{"memory", 1}}));
  CHECK(bench.fs.changes() == "open write");
  CHECK(bench.fs.count(FsCall::lock) == 0);
}

TEST_CASE("where there is no spool nothing is created") {
  TallyBench bench;
  std::filesystem::remove_all(bench.path());
  bench.tally.note(counts_of({{"bots", 1}}));
  CHECK_FALSE(std::filesystem::exists(bench.path()));
  CHECK(bench.tally.pending(0).is_empty());
}

TEST_CASE("an access whose count cannot be written goes on") {
  TallyBench bench;
  bench.fs.fail(FsCall::open, EACCES);
  bench.tally.note(counts_of({{"bots", 1}}));
  bench.fs.fail(FsCall::write, ENOSPC);
  bench.tally.note(counts_of({{"bots", 1}}));
  CHECK(bench.tally.pending(0).is_empty());
}

TEST_CASE("lines that say nothing are not counted") {
  TallyBench bench;
  std::filesystem::create_directory(bench.path("sealed"));
  bench.write("sealed/.access", "shared 1 bots\n\nshared\nlocal x memory\nlocal 1\nlocal 2 \n"
                                "elsewhere 1 bots\nshared 99999999999999999999 bots\nshared 5 bo");
  const AccessCounts counts = bench.tally.pending(0);
  CHECK(counts.shared == AccessCounts::Tables{{"bots", 1}});
  CHECK(counts.local.empty());
}

TEST_CASE("a large file is set aside and ready to be folded after a minute") {
  TallyBench bench;
  bench.tally.note(counts_of({{"bots", 1}}));
  CHECK_FALSE(bench.tally.is_large());
  bench.tally.note(counts_of({{std::string(70'000, 'x'), 1}}));
  CHECK(bench.tally.is_large());
  bench.clock.set_now(Instant(std::chrono::system_clock::now().time_since_epoch() /
                              std::chrono::microseconds(1) * std::chrono::microseconds(1)));
  CHECK_FALSE(bench.tally.is_ready_or_set_aside(3));
  bench.tally.note(counts_of({{"bots", 1}}));
  CHECK(bench.tally.pending(3).shared.at("bots") == 2);
  CHECK_FALSE(bench.tally.is_ready_or_set_aside(3));
  bench.clock.advance(std::chrono::minutes(2));
  CHECK(bench.tally.is_ready_or_set_aside(3));
  CHECK(bench.tally.aside(4).shared.at("bots") == 1);
  CHECK(bench.tally.pending(4).shared.at("bots") == 1); // the store holds the other
  CHECK(std::filesystem::exists(bench.path("sealed/.access.4")));
  static_cast<void>(bench.tally.is_ready_or_set_aside(4)); // a crash came before remove(4)
  CHECK_FALSE(std::filesystem::exists(bench.path("sealed/.access.4")));
  CHECK_FALSE(std::filesystem::exists(bench.path("sealed/.access")));
  CHECK(std::filesystem::exists(bench.path("sealed/.access.5")));
}
