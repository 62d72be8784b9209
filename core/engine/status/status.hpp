#pragma once

#include "core/engine/context.hpp"
#include "core/engine/status/status_flow.hpp"
#include "core/engine/worker/upkeep_records.hpp"
#include "core/engine/worker/worker_files.hpp"
#include "core/model/access_counts.hpp"
#include "core/queue/queue.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace menacedb {

// Something that a person should know, and the command that helps.
struct Problem {
  std::string code;
  std::string message;
  std::string hint;
  bool is_grave = false; // entries cannot be taken or applied
};

struct QueueState {
  std::string name;
  std::string format;
  std::uint64_t pending = 0;
  std::uint64_t processing = 0;
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  bool is_approximate = false;
  std::optional<Duration> oldest; // age of the first waiting entry
};

struct DatabaseState {
  std::string name; // shared, local
  std::string path; // as configured
  std::string real_path;
  Bytes size = 0;
  Bytes wal_size = 0;
  bool exists = false;
  bool is_ok = true;
};

// The five counters of the old systems.
struct EntryCounters {
  std::uint64_t enqueued = 0; // decided, and waiting
  std::uint64_t processed = 0;
  std::uint64_t failed = 0;
  std::uint64_t retried = 0;
  std::uint64_t direct = 0; // written past the queue, and not part of the others
};

struct StatusReport {
  Instant taken_at;
  bool is_available = false; // the spool can take entries
  std::string health;        // ok|degraded|down
  QueueState total;
  std::vector<QueueState> queues;
  std::uint64_t connections = 0;              // processes that have a configured database open
  std::map<std::string, std::uint64_t> stats; // enqueued, processed, failed, retried, direct
  EntryCounters rows;                         // of `stats`, what came as lines
  EntryCounters files;                        // and what came as files of the directory queue
  std::optional<FlowReport> flow;             // when asked for
  AccessCounts access; // of all processes; what is queued counts when it is applied
  std::vector<DatabaseState> databases;
  std::optional<RunningWorker> worker;     // none: not running
  std::optional<std::string> policy_error; // why the configuration cannot be used
  std::vector<Problem> problems;
  std::vector<UpkeepRecord> upkeep; // the last run of each of the worker's tasks
  std::vector<std::string> log;     // the last lines of the worker's
};

struct StatusOptions {
  Bytes count_bytes = 8u << 20; // entries are counted exactly in this much text, estimated beyond
  bool with_flow = false;       // rates and latencies, too
};

// Looks, and changes nothing: waits for no lock, leaves no -wal or -shm behind. What it read of the
// shared database it keeps in the spool. Configuration problems are part of the answer.
[[nodiscard]] StatusReport read_status(const Context& context, const StatusOptions& options);

} // namespace menacedb
