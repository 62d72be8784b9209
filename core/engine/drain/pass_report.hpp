#pragma once

#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "core/model/batch.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace menacedb {

struct QueueReport {
  std::uint64_t applied = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t failed = 0;
};

// What one pass did. Every line it read is in exactly one of the counts (invariant 6).
struct PassReport {
  std::uint64_t applied = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t failed = 0;
  std::uint64_t deferred = 0;
  std::uint64_t dropped = 0;
  std::uint64_t remaining = 0; // entries still queued at the end
  bool is_remaining_approximate = false;
  bool got_no_turn = false; // a lock was busy for too long and entries remain
  std::string busy_reason;  // the message of that
  std::string busy_hint;    // who is in the way, or what helps
  // Another fault of the environment, that left entries behind; what is counted is safe.
  std::optional<Error> fault;
  Duration elapsed{};
  std::map<std::string, QueueReport> queues; // by lane file name

  // Counts how the entries of a batch ended. Forwarded ones count when they are delivered.
  void count(const Batch& batch, const Outcomes& outcomes);
  // The same where the whole batch is of one queue.
  void count(const std::string& queue, const Outcomes& outcomes);
  // Entries of a queue, or deferred ones of it, were counted as failed and are not.
  void take_back(const std::string& queue, std::uint64_t most);
  // What ended the pass. A busy lock is nobody's fault: what is queued stays queued (invariant 5).
  void note(const Error& error);
  // Adds the counts of entries that ended.
  void add(const PassReport& part);
};

} // namespace menacedb
