#include "tests/unit/queue/queue_bench.hpp"

#include <set>

using namespace menacedb;
using menacedb::test::Ids;
using menacedb::test::k_in_place;
using menacedb::test::line_of;
using menacedb::test::QueueBench;

// sealed/.spool goes back to an old content without a reboot: somebody unpacks yesterday's copy of
// the spool, or a file system fails and is mounted again.

namespace {

std::string state_of(const QueueBench& bench) {
  return bench.read("sealed/.spool");
}

void put_back(QueueBench& bench, const std::string& state) {
  bench.restart();
  std::ofstream(bench.path("sealed/.spool"), std::ios::trunc) << state;
}

// How many different ones the sealed segments have.
std::size_t sealed_numbers(const QueueBench& bench) {
  std::set<std::string> numbers;
  for (const std::string& name : bench.names("sealed")) {
    numbers.insert(name.substr(0, name.find('.', name.find('.') + 1)));
  }
  return numbers.size();
}

} // namespace

TEST_CASE("a number that the ledger has settled is not given again when the state is an old one") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1"));
  CHECK(bench.drain() == Ids{"1"});
  const std::string old = state_of(bench);
  bench.write("alpha.jsonl", line_of("2"));
  CHECK(bench.drain() == Ids{"2"});
  CHECK(bench.sweep() == 2);
  put_back(bench, old);
  bench.write("beta.jsonl", line_of("3"));
  CHECK(bench.drain() == Ids{"3"});
}

TEST_CASE("a number in the name of a segment that waits is not given again") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1"));
  CHECK(bench.drain() == Ids{"1"});
  const std::string old = state_of(bench);
  bench.write("alpha.jsonl", line_of("2"));
  (void)bench.claim(); // sealed, and not decided
  put_back(bench, old);
  SUBCASE("by a drain") {
    bench.write("beta.jsonl", line_of("3"));
    bench.restart();
    (void)bench.claim();
  }
  SUBCASE("by a producer that finds a torn line") {
    bench.write("beta.jsonl", "{torn");
    (void)bench.open()->append({"beta", 5}, line_of("3"), {});
  }
  CHECK(sealed_numbers(bench) == 3);
}

TEST_CASE("a number that an active file bears is not given again") {
  QueueBench bench(k_in_place);
  bench.write("alpha.jsonl", line_of("1"));
  CHECK(bench.drain() == Ids{"1"});
  const std::string old = state_of(bench);
  bench.write("beta.jsonl", line_of("2"));
  (void)bench.claim(); // marked, and not decided
  put_back(bench, old);
  bench.write("aleph.jsonl", line_of("3"));
  bench.options.in_place_below = 0;
  CHECK(bench.drain() == Ids{"3", "2"});
  CHECK(sealed_numbers(bench) == 3);
}

TEST_CASE("an active file whose number is over gets another one when it is sealed") {
  QueueBench bench(k_in_place);
  bench.write("alpha.jsonl", line_of("1"));
  CHECK(bench.drain() == Ids{"1"});
  const SegmentId over = *read_identity(bench.fs, bench.fs.open(bench.path("alpha.jsonl"), {}));
  bench.ledger.fold({&over, 1}); // as if its number had been given to another lane as well
  bench.write("alpha.jsonl", line_of("2"));
  bench.options.in_place_below = 0;
  bench.restart();
  CHECK(bench.drain() == Ids{"1", "2"});
}
