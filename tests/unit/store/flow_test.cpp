#include "core/store/flow.hpp"
#include "core/store/flow_rows.hpp"
#include "core/store/store_summary.hpp"
#include "tests/unit/store/store_bench.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace menacedb;
using namespace menacedb::test;
using namespace std::chrono_literals;

namespace {

const Instant k_now = Instant(1'800'000'002s);

Flow some_flow() {
  FlowBatch batch(k_now);
  batch.add(k_now - 1ms);
  batch.add(k_now - 2h);
  batch.add(k_now - 70s);
  batch.add(std::nullopt);
  batch.add(k_now + 1s);
  return batch.take();
}

} // namespace

TEST_CASE("a batch tells latencies and what has none") {
  const Flow flow = some_flow();
  CHECK(flow.latency.count() == 3);
  CHECK(flow.latency.total() == 1ms + 2h + 70s);
  CHECK(flow.untimed == 1);
  CHECK(flow.ahead == 1);
}

TEST_CASE("a window counts what lies in it and knows how long it is") {
  const Flow flow = some_flow();
  CHECK(flow.minute.sum(k_now).enqueued == 1);
  CHECK(flow.minute.sum(k_now).applied == 5);
  CHECK(flow.minute.covered(k_now) >= 60s);
  CHECK(flow.minute.covered(k_now) < 65s);
  CHECK(flow.hour.sum(k_now).enqueued == 2);
  CHECK(flow.hour.sum(k_now).applied == 5);
  CHECK(flow.minute.sum(k_now + 2min).applied == 0);
  CHECK(flow.hour.sum(k_now + 2min).applied == 5);
  CHECK(flow.hour.sum(k_now + 62min).applied == 0);
}

TEST_CASE("a clock that is set back forgets what is in its future") {
  Flow flow = some_flow();
  flow.minute.forget_others(k_now - 1h);
  flow.hour.forget_others(k_now - 1h);
  CHECK(flow.minute.slots().empty());
  CHECK(flow.hour.slots().empty());
}

TEST_CASE("a flow survives its encoding and what is cut or foreign is empty") {
  Flow flow = some_flow();
  for (int i = 0; i < 100; ++i) {
    FlowBatch batch(k_now + i * 30s);
    batch.add(k_now + i * 29s);
    flow.merge(batch.take());
  }
  const std::string bytes = encode_flow(flow);
  const Flow decoded = decode_flow(bytes);
  CHECK(decoded.latency == flow.latency);
  CHECK(decoded.untimed == flow.untimed);
  CHECK(decoded.ahead == flow.ahead);
  CHECK(decoded.minute.slots() == flow.minute.slots());
  CHECK(decoded.hour.slots() == flow.hour.slots());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    REQUIRE(decode_flow(bytes.substr(0, size)).latency.count() == 0);
  }
  CHECK(decode_flow(std::string(100, '\xff')).latency.count() == 0);
}

TEST_CASE("the flow is kept small whatever went through") {
  StoreBench bench("CREATE TABLE t(a)");
  FlowRows rows(bench.store().database());
  for (int i = 0; i < 2000; ++i) {
    const Instant now = k_now + i * 7s;
    FlowBatch batch(now);
    for (int k = 0; k < 40; ++k) {
      batch.add(now - Duration(1LL << k));
    }
    bench.store().write([&] { rows.add(batch.take(), now); });
  }
  CHECK(rows.read().latency.count() == 80'000);
  CHECK(rows.read().hour.slots().size() <= 61);
  CHECK(bench.number("SELECT length(value) FROM menacedb_meta WHERE name = 'flow'") < 1000);
}

TEST_CASE("an entry is counted with the transaction that applies it and with no other") {
  StoreBench bench("CREATE TABLE t(a NOT NULL)");
  const Instant now = bench.clock.now();
  TestBatch batch = bench.next_batch();
  batch.row("t", R"({"a":1})").created_at = now - 3s;
  batch.row("t", R"({"a":null})").created_at = now; // dead
  batch.row("t", R"({"a":2})").not_before = now - 1s;
  Entry& file = batch.row("t", R"({"a":3})");
  file.created_at = now - 500ms; // cut to seconds, as files are
  file.sequence = batch.keep(std::to_string((now - 2s).time_since_epoch().count() * 1000) + "_1");
  static_cast<void>(bench.store().apply(batch.batch));
  static_cast<void>(bench.store().apply(batch.batch)); // lost: counts nothing
  const Flow flow = read_flow(bench.store().database());
  CHECK(flow.latency.count() == 2);
  CHECK(flow.latency.total() == 5s);
  CHECK(flow.untimed == 1);
  CHECK(flow.minute.sum(now).applied == 3);
  CHECK(flow.minute.sum(now).enqueued == 3); // the dead one, but not the one that was to wait
}

TEST_CASE("a direct write has no latency") {
  StoreBench bench("CREATE TABLE t(a)");
  TestBatch batch = bench.next_batch();
  batch.batch.slices.clear();
  batch.batch.is_direct = true;
  batch.row("t", R"({"a":1})").created_at = bench.clock.now();
  static_cast<void>(bench.store().apply(batch.batch));
  const Flow flow = read_flow(bench.store().database());
  CHECK(flow.latency.count() == 0);
  CHECK(flow.hour.slots().empty());
}
