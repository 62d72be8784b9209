#include "tests/contract/queue_contract.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

namespace menacedb::test::contract {

namespace {

using Ids = std::vector<std::string>;

std::string line(const std::string& id, const std::string& table = "t") {
  return fmt::format("{{\"table\":\"{}\",\"data\":{{\"a\":1}},\"id\":\"{}\"}}\n", table, id);
}

Ids ids_of(const Batch& batch) {
  Ids ids;
  for (const Entry& entry : batch.entries) {
    ids.emplace_back(entry.id);
  }
  return ids;
}

// As after a transaction that applied all it could.
void settle(Queue& queue, const Batch& batch) {
  Outcomes outcomes;
  for (const Entry& entry : batch.entries) {
    const bool is_dead = entry.fault >= 0;
    outcomes.verdicts.push_back(is_dead ? Verdict::dead : Verdict::applied);
    if (is_dead) {
      outcomes.failures.push_back({static_cast<std::uint32_t>(outcomes.verdicts.size() - 1),
                                   batch.faults[static_cast<std::size_t>(entry.fault)]});
    }
  }
  queue.settle(batch, outcomes);
}

// Claims, decides and settles until nothing is left.
Ids drain(QueueUnderTest& test, Queue& queue, const ClaimLimits& limits = {}) {
  Ids all;
  Batch batch;
  for (int i = 0; i < 10'000; ++i) {
    queue.claim(test.ledger, limits, batch);
    if (batch.is_empty()) {
      return all;
    }
    REQUIRE(test.ledger.decide(batch));
    settle(queue, batch);
    const Ids ids = ids_of(batch);
    all.insert(all.end(), ids.begin(), ids.end());
  }
  FAIL("the queue never gets empty");
  return all;
}

std::uint64_t pending(QueueUnderTest& test, Queue& queue) {
  std::uint64_t count = 0;
  for (const QueueCount& lane : queue.scan(test.ledger, 1u << 20).queues) {
    count += lane.pending;
  }
  return count;
}

} // namespace

void an_entry_goes_from_append_to_empty(QueueUnderTest& test) {
  const auto queue = test.open();
  (void)queue->append({"alpha", 5}, line("1"), {});
  CHECK(pending(test, *queue) == 1);

  Batch batch;
  queue->claim(test.ledger, {}, batch);
  REQUIRE(batch.entries.size() == 1);
  const Entry& entry = batch.entries[0];
  CHECK(entry.fault == -1);
  CHECK(entry.table == "t");
  CHECK(std::string(entry.line) + "\n" == line("1"));
  if (test.has_lanes()) {
    CHECK(entry.origin == "alpha");
    REQUIRE(entry.slice < batch.slices.size());
    CHECK(batch.slices[entry.slice].lane == Lane{"alpha", 5});
  } else {
    REQUIRE(entry.file < batch.files.size());
    CHECK(batch.files[entry.file].priority == 5);
  }

  REQUIRE(test.ledger.decide(batch));
  settle(*queue, batch);
  test.let_time_pass();
  test.ledger.fold(queue->sweep(test.ledger));
  CHECK(pending(test, *queue) == 0);
  CHECK(drain(test, *queue).empty());
  CHECK(queue->sweep(test.ledger).empty());
}

void an_empty_queue_gives_an_empty_batch(QueueUnderTest& test) {
  const auto queue = test.open();
  Batch batch;
  batch.entries.emplace_back();
  queue->claim(test.ledger, {}, batch);
  CHECK(batch.is_empty());
  CHECK(queue->scan(test.ledger, 1000).queues.empty());
  CHECK(queue->sweep(test.ledger).empty());
}

void a_lane_is_first_in_first_out(QueueUnderTest& test) {
  const auto producer = test.open();
  const auto queue = test.open();
  Ids expected;
  Ids got;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 20; ++i) {
      expected.push_back(fmt::format("{}-{}", round, i));
      (void)producer->append({"alpha", 5}, line(expected.back()), {});
    }
    ClaimLimits limits;
    limits.bytes = 300; // several claims for a round, and a rest for the next one
    Batch batch;
    queue->claim(test.ledger, limits, batch);
    REQUIRE(test.ledger.decide(batch));
    settle(*queue, batch);
    const Ids ids = ids_of(batch);
    got.insert(got.end(), ids.begin(), ids.end());
  }
  const Ids rest = drain(test, *queue);
  got.insert(got.end(), rest.begin(), rest.end());
  CHECK(got == expected);
}

void lower_priorities_wait(QueueUnderTest& test) {
  const auto queue = test.open();
  (void)queue->append({"alpha", 10}, line("last"), {});
  (void)queue->append({"beta", 5}, line("middle"), {});
  (void)queue->append({"gamma", 1}, line("first"), {});
  CHECK(drain(test, *queue) == Ids{"first", "middle", "last"});
}

void what_was_not_decided_is_claimed_again(QueueUnderTest& test) {
  const auto queue = test.open();
  (void)queue->append({"alpha", 5}, line("1") + line("2"), {});
  Batch batch;
  queue->claim(test.ledger, {}, batch);
  CHECK(ids_of(batch) == Ids{"1", "2"});
  queue->claim(test.ledger, {}, batch);
  CHECK(ids_of(batch) == Ids{"1", "2"});
  CHECK(drain(test, *test.open()) == Ids{"1", "2"});
}

void of_two_claims_one_wins(QueueUnderTest& test) {
  const auto first = test.open();
  const auto second = test.open();
  (void)first->append({"alpha", 5}, line("1"), {});
  Batch one;
  Batch other;
  first->claim(test.ledger, {}, one);
  second->claim(test.ledger, {}, other);
  CHECK(ids_of(one) == Ids{"1"});
  CHECK(ids_of(other) == Ids{"1"});
  CHECK(test.ledger.decide(other));
  CHECK_FALSE(test.ledger.decide(one));
  settle(*second, other);
  (void)first->append({"alpha", 5}, line("2"), {});
  CHECK(drain(test, *first) == Ids{"2"});
}

void a_batch_keeps_its_limit_of_bytes(QueueUnderTest& test) {
  const auto queue = test.open();
  for (int i = 0; i < 100; ++i) {
    (void)queue->append({"alpha", 5}, line(fmt::format("{:03}", i)), {});
  }
  ClaimLimits limits;
  limits.bytes = 10 * line("000").size() + 5;
  Batch batch;
  queue->claim(test.ledger, limits, batch);
  CHECK(batch.entries.size() == 10);
  CHECK(drain(test, *queue, limits).size() == 100);
}

void a_batch_keeps_its_limit_of_entries(QueueUnderTest& test) {
  const auto queue = test.open();
  (void)queue->append({"alpha", 5}, line("1") + line("2") + line("3"), {});
  (void)queue->append({"beta", 5}, line("4"), {});
  ClaimLimits limits;
  limits.entries = 2;
  Batch batch;
  queue->claim(test.ledger, limits, batch);
  CHECK(ids_of(batch) == Ids{"1", "2"});
  Ids all = drain(test, *queue, limits);
  std::sort(all.begin(), all.end());
  CHECK(all == Ids{"1", "2", "3", "4"});
}

void one_long_entry_is_taken_whole(QueueUnderTest& test) {
  const auto queue = test.open();
  const std::string id(5000, 'x');
  (void)queue->append({"alpha", 5}, line("1") + line(id) + line("2"), {});
  ClaimLimits limits;
  limits.bytes = 100;
  CHECK(drain(test, *queue, limits) == Ids{"1", id, "2"});
}

void only_entries_of_the_table_are_claimed_and_order_is_kept(QueueUnderTest& test) {
  const auto queue = test.open();
  (void)queue->append({"alpha", 5}, line("1") + line("2") + line("3", "u") + line("4"), {});
  (void)queue->append({"beta", 5}, line("5", "u") + line("6"), {});
  (void)queue->append({"gamma", 5}, line("7"), {});
  ClaimLimits limits;
  limits.table = "t";
  // A lane stands still before an entry of another table; files can be passed over one by one.
  const Ids taken = test.has_lanes() ? Ids{"1", "2", "7"} : Ids{"1", "2", "4", "6", "7"};
  const Ids left = test.has_lanes() ? Ids{"3", "4", "5", "6"} : Ids{"3", "5"};
  CHECK(drain(test, *queue, limits) == taken);
  CHECK(pending(test, *queue) == left.size());
  Ids rest = drain(test, *queue);
  std::sort(rest.begin(), rest.end());
  CHECK(rest == left);
}

void small_lanes_share_a_batch(QueueUnderTest& test) {
  const auto queue = test.open();
  for (int i = 0; i < 150; ++i) {
    (void)queue->append({fmt::format("lane{:03}", i), 5}, line(fmt::format("{:03}", i)), {});
  }
  Batch batch;
  queue->claim(test.ledger, {}, batch);
  REQUIRE(batch.entries.size() == 150);
  CHECK(batch.slices.size() == 150);
  for (const Entry& entry : batch.entries) {
    CHECK(entry.origin == batch.slices[entry.slice].lane.name);
  }
  REQUIRE(test.ledger.decide(batch));
  CHECK(drain(test, *queue).empty());
}

void equal_lanes_take_turns(QueueUnderTest& test) {
  const auto queue = test.open();
  for (int i = 0; i < 100; ++i) {
    (void)queue->append({"alpha", 5}, line("a"), {});
  }
  (void)queue->append({"beta", 5}, line("b"), {});
  ClaimLimits limits;
  limits.bytes = 5 * line("a").size();
  Batch batch;
  queue->claim(test.ledger, limits, batch);
  REQUIRE(test.ledger.decide(batch));
  queue->claim(test.ledger, limits, batch);
  REQUIRE_FALSE(batch.entries.empty());
  CHECK(batch.entries[0].id == "b");
}

void what_cannot_be_read_is_a_fault_and_the_rest_goes_on(QueueUnderTest& test) {
  const auto queue = test.open();
  (void)queue->append({"alpha", 5}, line("1") + "{broken\n\n" + line("2"), {});
  Batch batch;
  queue->claim(test.ledger, {}, batch);
  REQUIRE(batch.entries.size() == 3);
  CHECK(batch.entries[0].fault == -1);
  REQUIRE(batch.entries[1].fault >= 0);
  CHECK(batch.faults.at(static_cast<std::size_t>(batch.entries[1].fault)).code == "json-syntax");
  CHECK(batch.entries[1].line == "{broken");
  CHECK(batch.entries[2].id == "2");
  if (test.has_lanes()) {
    CHECK(batch.slices.at(0).blank_lines == 1);
  }
}

void settle_and_sweep_may_be_repeated(QueueUnderTest& test) {
  const auto queue = test.open();
  const auto other = test.open();
  (void)queue->append({"alpha", 5}, line("1"), {});
  Batch batch;
  queue->claim(test.ledger, {}, batch);
  REQUIRE(test.ledger.decide(batch));
  settle(*queue, batch);
  settle(*queue, batch);
  settle(*other, batch);
  test.let_time_pass();
  (void)queue->sweep(test.ledger);
  (void)queue->sweep(test.ledger);
  (void)other->sweep(test.ledger);
  settle(*other, batch);
  (void)queue->append({"alpha", 5}, line("2"), {});
  CHECK(drain(test, *queue) == Ids{"2"});
}

void entries_appended_between_claim_and_settle_are_not_lost(QueueUnderTest& test) {
  const auto queue = test.open();
  const auto producer = test.open();
  (void)producer->append({"alpha", 5}, line("1"), {});
  Batch batch;
  queue->claim(test.ledger, {}, batch);
  (void)producer->append({"alpha", 5}, line("2"), {});
  REQUIRE(test.ledger.decide(batch));
  (void)producer->append({"alpha", 5}, line("3"), {});
  settle(*queue, batch);
  (void)producer->append({"alpha", 5}, line("4"), {});
  test.let_time_pass();
  (void)queue->sweep(test.ledger);
  CHECK(drain(test, *queue) == Ids{"2", "3", "4"});
}

void a_scan_counts_what_waits(QueueUnderTest& test) {
  const auto queue = test.open();
  const std::string dated =
      R"({"table":"t","data":{},"created_at":"2026-01-02T03:04:05Z","id":"x"})"
      "\n";
  (void)queue->append({"alpha", 5}, dated + "\n" + line("2"), {});
  (void)queue->append({"alpha", 3}, line("3"), {});
  const QueueScan scan = queue->scan(test.ledger, 1u << 20);
  REQUIRE(scan.queues.size() == 2);
  const QueueCount* const alpha = &scan.queues[0];
  CHECK(alpha->name == "alpha.jsonl");
  CHECK(alpha->pending == 2);
  CHECK(alpha->pending_bytes == dated.size() + 1 + line("2").size());
  CHECK_FALSE(alpha->is_approximate);
  CHECK(alpha->oldest_at == parse_instant("2026-01-02T03:04:05Z"));
  CHECK(scan.queues[1].name == "alpha@p3.jsonl");
  CHECK(scan.queues[1].pending == 1);
  CHECK(scan.queues[1].oldest_at.has_value());

  ClaimLimits limits;
  limits.entries = 2; // the one of priority 3, and the dated one
  Batch batch;
  queue->claim(test.ledger, limits, batch);
  REQUIRE(test.ledger.decide(batch));
  CHECK(pending(test, *queue) == 1);
}

void a_scan_estimates_beyond_its_budget(QueueUnderTest& test) {
  const auto queue = test.open();
  std::string lines;
  for (int i = 0; i < 1000; ++i) {
    lines += line(fmt::format("{:04}", i));
  }
  (void)queue->append({"alpha", 5}, lines, {});
  const QueueScan scan = queue->scan(test.ledger, lines.size() / 10);
  REQUIRE(scan.queues.size() == 1);
  CHECK(scan.queues[0].is_approximate);
  CHECK(scan.queues[0].pending >= 950);
  CHECK(scan.queues[0].pending <= 1050);
  CHECK(scan.queues[0].pending_bytes == lines.size());
}

} // namespace menacedb::test::contract
