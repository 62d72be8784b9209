#pragma once

#include "core/queue/queue.hpp"
#include "tests/contract/memory_ledger.hpp"

#include <memory>
#include <string>
#include <vector>

namespace menacedb::test {

// What a queue format brings to be held against the contract: one queue on disk, which may be
// opened several times, as several processes do.
class QueueUnderTest {
public:
  virtual ~QueueUnderTest() = default;
  [[nodiscard]] virtual std::unique_ptr<Queue> open() = 0;
  // Whether entries stand in lanes, one after the other; else each has a file of its own.
  [[nodiscard]] virtual bool has_lanes() const { return true; }
  // Time passes, enough for everything that a queue waits for.
  virtual void let_time_pass() = 0;

  MemoryLedger ledger;
};

// Each function is one promise of core/queue/queue.hpp; a format calls them all, each with a queue
// of its own (QUEUE_CONTRACT below lists them).
namespace contract {

void an_entry_goes_from_append_to_empty(QueueUnderTest& test);
void an_empty_queue_gives_an_empty_batch(QueueUnderTest& test);
void a_lane_is_first_in_first_out(QueueUnderTest& test);
void lower_priorities_wait(QueueUnderTest& test);
void what_was_not_decided_is_claimed_again(QueueUnderTest& test);
void of_two_claims_one_wins(QueueUnderTest& test);
void a_batch_keeps_its_limit_of_bytes(QueueUnderTest& test);
void a_batch_keeps_its_limit_of_entries(QueueUnderTest& test);
void one_long_entry_is_taken_whole(QueueUnderTest& test);
void only_entries_of_the_table_are_claimed_and_order_is_kept(QueueUnderTest& test);
void small_lanes_share_a_batch(QueueUnderTest& test);
void equal_lanes_take_turns(QueueUnderTest& test);
void what_cannot_be_read_is_a_fault_and_the_rest_goes_on(QueueUnderTest& test);
void settle_and_sweep_may_be_repeated(QueueUnderTest& test);
void entries_appended_between_claim_and_settle_are_not_lost(QueueUnderTest& test);
void a_scan_counts_what_waits(QueueUnderTest& test);
void a_scan_estimates_beyond_its_budget(QueueUnderTest& test);

} // namespace contract

// Defines a test case for each promise. `Type` is a QueueUnderTest with a default constructor.
#define MENACEDB_QUEUE_CASE(Type, sentence, function)                                              \
  TEST_CASE(sentence) {                                                                            \
    Type test;                                                                                     \
    menacedb::test::contract::function(test);                                                      \
  }
#define MENACEDB_QUEUE_CONTRACT(Type, format)                                                      \
  MENACEDB_QUEUE_CASE(Type, format " - an entry goes from append to empty",                        \
                      an_entry_goes_from_append_to_empty)                                          \
  MENACEDB_QUEUE_CASE(Type, format " - an empty queue gives an empty batch",                       \
                      an_empty_queue_gives_an_empty_batch)                                         \
  MENACEDB_QUEUE_CASE(Type, format " - a lane is first in first out",                              \
                      a_lane_is_first_in_first_out)                                                \
  MENACEDB_QUEUE_CASE(Type, format " - lower priorities wait", lower_priorities_wait)              \
  MENACEDB_QUEUE_CASE(Type, format " - what was not decided is claimed again",                     \
                      what_was_not_decided_is_claimed_again)                                       \
  MENACEDB_QUEUE_CASE(Type, format " - of two claims one wins", of_two_claims_one_wins)            \
  MENACEDB_QUEUE_CASE(Type, format " - a batch keeps its limit of bytes",                          \
                      a_batch_keeps_its_limit_of_bytes)                                            \
  MENACEDB_QUEUE_CASE(Type, format " - a batch keeps its limit of entries",                        \
                      a_batch_keeps_its_limit_of_entries)                                          \
  MENACEDB_QUEUE_CASE(Type, format " - one long entry is taken whole",                             \
                      one_long_entry_is_taken_whole)                                               \
  MENACEDB_QUEUE_CASE(Type, format " - only entries of the table are claimed and order is kept",   \
                      only_entries_of_the_table_are_claimed_and_order_is_kept)                     \
  MENACEDB_QUEUE_CASE(Type, format " - what cannot be read is a fault and the rest goes on",       \
                      what_cannot_be_read_is_a_fault_and_the_rest_goes_on)                         \
  MENACEDB_QUEUE_CASE(Type, format " - settle and sweep may be repeated",                          \
                      settle_and_sweep_may_be_repeated)                                            \
  MENACEDB_QUEUE_CASE(Type, format " - entries appended between claim and settle are not lost",    \
                      entries_appended_between_claim_and_settle_are_not_lost)
// The promises of formats whose entries stand in lanes.
#define MENACEDB_LANES_CONTRACT(Type, format)                                                      \
  MENACEDB_QUEUE_CASE(Type, format " - small lanes share a batch", small_lanes_share_a_batch)      \
  MENACEDB_QUEUE_CASE(Type, format " - equal lanes take turns", equal_lanes_take_turns)            \
  MENACEDB_QUEUE_CASE(Type, format " - a scan counts what waits", a_scan_counts_what_waits)        \
  MENACEDB_QUEUE_CASE(Type, format " - a scan estimates beyond its budget",                        \
                      a_scan_estimates_beyond_its_budget)

} // namespace menacedb::test
