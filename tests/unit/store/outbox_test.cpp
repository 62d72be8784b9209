#include "core/store/store_schema.hpp"
#include "core/store/store_summary.hpp"
#include "tests/unit/store/store_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

// A home store whose entries belong into another one.
struct TwoStores {
  StoreBench home;
  StoreBench target{"CREATE TABLE t(a NOT NULL)"};

  void queue(std::initializer_list<std::string_view> rows) {
    TestBatch batch = home.next_batch();
    batch.batch.destinations.push_back({Destination::Kind::forward, target.options.path, {}});
    for (const std::string_view data : rows) {
      Entry& entry = batch.row("t", data);
      entry.destination = 1;
      entry.origin = "alpha";
    }
    static_cast<void>(home.store().apply(batch.batch));
  }
  std::vector<OutboxRow> waiting() {
    return home.store().outbox().next(target.options.path, 100, 1 << 20);
  }
  Applied deliver(const std::vector<OutboxRow>& rows) {
    TestBatch batch;
    batch.batch.slices.clear();
    std::vector<std::int64_t> ids;
    for (const OutboxRow& row : rows) {
      batch.row(row.table, row.line);
      ids.push_back(row.id);
    }
    return target.store().apply_forwarded(home.store().id(), ids, batch.batch);
  }
  void remove(const std::vector<OutboxRow>& rows) {
    home.store().write([&] {
      for (const OutboxRow& row : rows) {
        static_cast<void>(home.store().outbox().remove(row.id));
      }
    });
  }
};

} // namespace

TEST_CASE("an entry for another store waits in the outbox of its home") {
  TwoStores stores;
  stores.queue({R"({"a":1})", R"({"a":2})"});
  CHECK(stores.home.store().outbox().pending_stores() ==
        std::vector<std::string>{stores.target.options.path});
  const std::vector<OutboxRow> rows = stores.waiting();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].line == R"({"a":1})");
  CHECK(rows[0].origin == "alpha");
  CHECK(rows[1].place.offset == 8);
  CHECK(stores.home.store().stats().totals().forwarded == 2);
}

TEST_CASE("a crash between target and home delivers nothing twice") {
  TwoStores stores;
  stores.queue({R"({"a":1})", R"({"a":2})"});
  CHECK(stores.deliver(stores.waiting()).outcomes.applied == 2);
  // The crash: home still holds the rows, and more come.
  stores.queue({R"({"a":3})"});
  const Applied again = stores.deliver(stores.waiting());
  CHECK(again.outcomes.applied == 3);
  stores.remove(stores.waiting());
  CHECK(stores.home.store().outbox().count() == 0);
  CHECK(stores.home.store().outbox().pending_stores().empty());
  CHECK(stores.target.number("SELECT sum(a) FROM t") == 6);
  CHECK(stores.target.store().stats().totals().applied == 0);
}

TEST_CASE("what was delivered is counted once at home however often it is offered") {
  TwoStores stores;
  stores.queue({R"({"a":1})", R"({"a":null})", R"({"a":3})"});
  const std::vector<OutboxRow> rows = stores.waiting();
  TestBatch batch;
  batch.batch.slices.clear();
  std::vector<std::int64_t> ids;
  for (const OutboxRow& row : rows) {
    batch.row("t", row.line).created_at = stores.home.clock.now() - std::chrono::seconds(2);
    ids.push_back(row.id);
  }
  SqliteStore& home = stores.home.store();
  for (int times = 0; times < 2; ++times) {
    const Applied applied = stores.target.store().apply_forwarded(home.id(), ids, batch.batch);
    home.bury(rows[1], "", applied.outcomes.failures.at(0).fault);
    home.note_delivered(ids, batch.batch, applied.outcomes);
  }
  CHECK(home.stats().totals().delivered == 2);
  CHECK(home.stats().totals().failed == 1);
  CHECK(home.outbox().count() == 0);
  CHECK(read_flow(home.database()).latency.count() == 2);
}

TEST_CASE("rows of two homes with the same ids are told apart") {
  TwoStores stores;
  stores.queue({R"({"a":1})"});
  const std::vector<OutboxRow> rows = stores.waiting();
  CHECK(stores.deliver(rows).outcomes.applied == 1);
  renew_store_id(stores.home.store().database());
  stores.home.close();
  CHECK(stores.deliver(rows).outcomes.applied == 1);
  CHECK(stores.target.number("SELECT count(*) FROM t") == 2);
}

TEST_CASE("what the target refuses is buried at home with its place") {
  TwoStores stores;
  stores.queue({R"({"a":null})", R"({"a":1})"});
  const std::vector<OutboxRow> rows = stores.waiting();
  const Applied applied = stores.deliver(rows);
  REQUIRE(applied.outcomes.failures.size() == 1);
  CHECK(stores.target.number("SELECT count(*) FROM menacedb_dead") == 0);
  SqliteStore& home = stores.home.store();
  home.bury(rows[0], "id-0", applied.outcomes.failures[0].fault);
  home.bury(rows[0], "id-0", applied.outcomes.failures[0].fault); // again: no effect
  const std::vector<DeadRow> dead = home.dead_rows().list({});
  REQUIRE(dead.size() == 1);
  CHECK(dead[0].fault.message == "NOT NULL constraint failed: t.a");
  CHECK(dead[0].place == rows[0].place);
  CHECK(home.outbox().count() == 1);
  CHECK(home.stats().totals().failed == 1);
}

TEST_CASE("deliveries that the home has forgotten are purged at the target") {
  TwoStores stores;
  stores.queue({R"({"a":1})", R"({"a":2})", R"({"a":3})"});
  const std::vector<OutboxRow> rows = stores.waiting();
  static_cast<void>(stores.deliver(rows));
  stores.remove({rows[0], rows[1]});
  const std::int64_t gone = stores.home.store().outbox().removed_up_to(stores.target.options.path);
  CHECK(gone == rows[1].id);
  SqliteStore& target = stores.target.store();
  target.write([&] { target.forwarded().purge(stores.home.store().id(), gone); });
  CHECK(stores.target.number("SELECT count(*) FROM menacedb_forwarded") == 1);
  CHECK(stores.deliver(stores.waiting()).outcomes.applied == 1);
  CHECK(stores.target.number("SELECT count(*) FROM t") == 3);
  stores.remove({rows[2]});
  CHECK(stores.home.store().outbox().removed_up_to(stores.target.options.path) == rows[2].id);
}
