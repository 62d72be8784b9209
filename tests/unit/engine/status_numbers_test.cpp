#include "core/engine/status/kept_numbers.hpp"
#include "core/queue/job_schema.hpp"
#include "core/store/store_schema.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fault_fs.hpp"
#include "tests/unit/engine/care_bench.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace menacedb;
using namespace menacedb::test;
using namespace std::chrono_literals;

namespace {

namespace stdfs = std::filesystem;

// A store with a spool, looked at tomorrow: then each write so far is long ago.
struct NumbersBench : CareBench {
  FaultFs faults;
  FakeClock tomorrow;
  std::string kept = spool + "/sealed/.status";

  NumbersBench() {
    tomorrow.set_now(clock.now() + 24h);
    stdfs::create_directories(spool + "/sealed");
    Database database = open();
    migrate_store(database);
    database.execute("INSERT INTO menacedb_stats(name, value) VALUES ('applied', 5)");
  }
  [[nodiscard]] StatusNumbers look() {
    return known_status_numbers({faults, tomorrow, log, stop, settings}, {path, path});
  }
  [[nodiscard]] std::uint64_t applied() {
    const StatusNumbers numbers = look();
    return numbers.store ? numbers.store->summary.totals.applied : 0;
  }
  [[nodiscard]] std::string content() const {
    std::ifstream file(kept, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& text) const { std::ofstream(kept, std::ios::binary) << text; }
  // Makes the kept numbers tell 1000 more than there are: who tells them has not looked.
  void falsify() const {
    auto numbers = parse_kept_numbers(content());
    REQUIRE(numbers);
    numbers->numbers.store->summary.values["applied"] += 1000;
    write(to_text(*numbers));
  }
  [[nodiscard]] std::size_t names() const {
    return static_cast<std::size_t>(
        std::distance(stdfs::directory_iterator(spool + "/sealed"), stdfs::directory_iterator()));
  }
};

KeptNumbers some_numbers() {
  KeptNumbers kept{.mark = "a mark", .read_at = Instant(7s), .numbers = {}};
  StoreNumbers& store = kept.numbers.store.emplace();
  store.summary.values = {{"applied", 3}, {"access.shared.a\nb", 9}};
  store.summary.totals = totals_in(store.summary.values);
  store.summary.dead = 4;
  store.summary.forwarded = 6;
  store.positions = {{"s", {{1, 2}, {4, 4}}, {{5, 66, 77}}}, {"t", {}, {}}};
  store.dead_lanes = {{"s", {"x", 3}, 4}};
  kept.numbers.knows_jobs = true;
  JobNumbers& jobs = kept.numbers.jobs.emplace();
  jobs.count.pending = 8;
  jobs.count.is_approximate = true;
  jobs.count.oldest_at = Instant(5s);
  jobs.pending_types = {"mail", ""};
  jobs.failing_types = {{"mail", 7, "no route"}};
  return kept;
}

} // namespace

TEST_CASE("kept numbers are read as they were written") {
  const KeptNumbers kept = some_numbers();
  const auto read = parse_kept_numbers(to_text(kept));
  REQUIRE(read);
  CHECK(read->mark == "a mark");
  CHECK(read->read_at == Instant(7s));
  REQUIRE(read->numbers.store);
  CHECK(read->numbers.store->summary.values == kept.numbers.store->summary.values);
  CHECK(read->numbers.store->summary.totals.applied == 3);
  CHECK(read->numbers.store->summary.dead == 4);
  CHECK(read->numbers.store->summary.forwarded == 6);
  REQUIRE(read->numbers.store->positions.size() == 2);
  CHECK(read->numbers.store->positions[0].settled[1].first == 4);
  CHECK(read->numbers.store->positions[0].under_way[0].digest == 77);
  CHECK(read->numbers.store->dead_in("s", {"x", 3}) == 4);
  CHECK(read->numbers.store->dead_in("s", {"x", 5}) == 0);
  REQUIRE(read->numbers.jobs);
  CHECK(read->numbers.jobs->count.pending == 8);
  CHECK(read->numbers.jobs->count.is_approximate);
  CHECK(read->numbers.jobs->count.oldest_at == Instant(5s));
  CHECK_FALSE(read->numbers.jobs->holds_until);
  CHECK(read->numbers.jobs->pending_types == std::vector<std::string>{"mail", ""});
  REQUIRE(read->numbers.jobs->failing_types.size() == 1);
  CHECK(read->numbers.jobs->failing_types[0].type == "mail");
  CHECK(read->numbers.jobs->failing_types[0].attempts == 7);
  CHECK(read->numbers.jobs->failing_types[0].error == "no route");
  CHECK(to_text(*read) == to_text(kept));
}

TEST_CASE("kept numbers that are torn or changed are none") {
  const std::string text = to_text(some_numbers());
  for (std::size_t size = 0; size < text.size(); ++size) {
    CHECK_FALSE(parse_kept_numbers(text.substr(0, size)));
    std::string changed = text;
    changed[size] = static_cast<char>(changed[size] ^ 1);
    CHECK_FALSE(parse_kept_numbers(changed));
  }
  CHECK_FALSE(parse_kept_numbers(text + " "));
}

TEST_CASE("numbers are kept and told again while nothing is committed") {
  NumbersBench bench;
  CHECK(bench.applied() == 5);
  bench.falsify();
  CHECK(bench.applied() == 1005);
  CHECK(bench.applied() == 1005);
}

TEST_CASE("a commit ends what kept numbers say") {
  NumbersBench bench;
  CHECK(bench.applied() == 5);
  bench.falsify();
  bench.run("UPDATE menacedb_stats SET value = 6 WHERE name = 'applied'");
  CHECK(bench.applied() == 6);
}

TEST_CASE("nothing is kept within a moment of a write") {
  NumbersBench bench;
  bench.tomorrow.set_now(bench.clock.now());
  bench.run("UPDATE menacedb_stats SET value = 6 WHERE name = 'applied'");
  CHECK(bench.applied() == 6);
  CHECK_FALSE(stdfs::exists(bench.kept));
}

TEST_CASE("kept numbers say nothing before they were read") {
  NumbersBench bench;
  CHECK(bench.applied() == 5);
  bench.falsify();
  bench.tomorrow.set_now(bench.tomorrow.now() - 1h);
  CHECK(bench.applied() == 5);
}

TEST_CASE("kept numbers end when a job that waits becomes due") {
  NumbersBench bench;
  {
    Database database = bench.open();
    prepare_job_schema(database);
    database.execute(
        "INSERT INTO sync_jobs(job_type, payload, status, priority, created_at, not_before) VALUES "
        "('mail', '{}', 'pending', 5, 1, " +
        std::to_string((bench.tomorrow.now() + 1h).time_since_epoch().count()) + ")");
  }
  const StatusNumbers early = bench.look();
  REQUIRE(early.jobs);
  CHECK(early.jobs->count.pending == 1);
  CHECK_FALSE(early.jobs->count.oldest_at);
  bench.falsify();
  bench.tomorrow.advance(59min);
  CHECK(bench.applied() == 1005);
  bench.tomorrow.advance(1min);
  const StatusNumbers late = bench.look();
  REQUIRE(late.jobs);
  CHECK(late.jobs->count.oldest_at == Instant(1s));
  CHECK(late.store->summary.totals.applied == 5);
}

TEST_CASE("numbers of a database whose jobs lie elsewhere now are read anew") {
  NumbersBench bench;
  CHECK(bench.applied() == 5);
  auto kept = parse_kept_numbers(bench.content());
  REQUIRE(kept);
  CHECK(kept->numbers.knows_jobs);
  kept->numbers.knows_jobs = false;
  kept->numbers.store->summary.values["applied"] = 1005;
  bench.write(to_text(*kept));
  CHECK(bench.applied() == 5);
}

TEST_CASE("a job table that cannot be read takes nothing from the store") {
  NumbersBench bench;
  bench.run("CREATE TABLE sync_jobs (a)");
  const StatusNumbers numbers = bench.look();
  REQUIRE(numbers.store);
  CHECK(numbers.store->summary.totals.applied == 5);
  CHECK_FALSE(numbers.knows_jobs);
}

TEST_CASE("a file that holds no numbers is replaced by one that does") {
  NumbersBench bench;
  CHECK(bench.applied() == 5);
  const std::string good = bench.content();
  for (const std::string& bad :
       {std::string(), good.substr(0, good.size() / 2), good + "x", std::string(2u << 20, 'x')}) {
    bench.write(bad);
    CHECK(bench.applied() == 5);
    CHECK(parse_kept_numbers(bench.content()));
  }
}

TEST_CASE("numbers that cannot be kept leave no trace") {
  for (const FsCall call : {FsCall::open, FsCall::write, FsCall::rename}) {
    NumbersBench bench;
    bench.faults.fail({.call = call,
                       .error_number = call == FsCall::open ? EROFS : ENOSPC,
                       .nth = 1,
                       .is_lasting = true,
                       .path_part = "/sealed/."});
    CHECK(bench.applied() == 5);
    CHECK(bench.names() == 0);
  }
}

TEST_CASE("no spool is made to keep numbers") {
  NumbersBench bench;
  stdfs::remove_all(bench.spool);
  CHECK(bench.applied() == 5);
  CHECK_FALSE(stdfs::exists(bench.spool));
}

TEST_CASE("what is no file of ours is neither followed nor replaced") {
  NumbersBench bench;
  const std::string other = bench.folder / "other";
  CHECK(bench.applied() == 5);
  bench.falsify();
  stdfs::rename(bench.kept, other);
  stdfs::create_symlink(other, bench.kept);
  CHECK(bench.applied() == 5);
  CHECK(stdfs::is_symlink(bench.kept));
  stdfs::remove(other);
  CHECK(bench.applied() == 5);
  CHECK_FALSE(stdfs::exists(other));
  stdfs::remove(bench.kept);
  stdfs::create_directory(bench.kept);
  CHECK(bench.applied() == 5);
  CHECK(stdfs::is_directory(bench.kept));
}

TEST_CASE("a database that was not prepared is not kept") {
  NumbersBench bench;
  stdfs::remove(bench.path);
  stdfs::remove(bench.path + "-wal");
  stdfs::remove(bench.path + "-shm");
  bench.run("CREATE TABLE t (a)");
  CHECK_FALSE(bench.look().store);
  CHECK_FALSE(stdfs::exists(bench.kept));
}
