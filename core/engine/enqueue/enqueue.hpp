#pragma once

#include "core/engine/context.hpp"
#include "core/model/entry.hpp"
#include "core/policy/hooks.hpp"
#include "core/policy/router.hpp"
#include "core/queue/appender.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// What the user asked for besides the row itself; the same for every row of one call.
struct EnqueueOptions {
  std::string table; // empty: each line of a stream is a whole entry
  Op op = Op::insert;
  std::vector<std::string> key_fields;
  std::vector<std::string> hash_fields;
  std::optional<int> priority; // default: the table's, else 5
  std::string metadata;        // JSON text or empty
  std::string key;
  // "jsonl", "dir" or "table": queued there; empty: as the table and the kind want it
  std::string format;
  std::optional<Duration> delay;
  bool durable = false;
  bool direct = false;        // write to the database at once
  bool keeps_outcome = false; // somebody waits: without a key, the id becomes the key
  bool dry_run = false;
  Hooks* hooks = nullptr; // borrowed; null: none
};

// Where one accepted entry went.
struct Enqueued {
  std::string id;
  std::string key;
  std::string table;
  std::string file;     // the queue file, or the database when direct
  std::string queue;    // the lane's file name; empty when direct
  std::string sequence; // its place in a directory queue; empty when it has none
  std::int64_t job = 0; // its row in the job table; 0 when it has none
  int priority = 5;
  bool is_direct = false;
  bool is_duplicate = false; // direct: the row or its key was there already
  std::string note;          // why the fallback was taken, else empty
};

// What became of the entries written directly by one flush.
struct Flushed {
  std::string file;     // the last one of a directory queue …
  std::string sequence; // … and its place there
  std::int64_t job = 0; // the last one in the job table
  std::uint64_t duplicates = 0;
  std::vector<Fault> failures;
  std::string note; // why the fallback was taken, else empty
};

// Takes rows from producers: checks, routes and appends them to the spool, or writes them to a
// database where that is asked for or the only way left. Cheap to construct: nothing is opened
// before the first row. Not thread-safe.
class Enqueuer {
public:
  Enqueuer(const Context& context, const Router& router, EnqueueOptions options);
  ~Enqueuer();

  // One row as a JSON object. Throws Error: bad_input for bad JSON, denied, config "table-unknown";
  // then nothing was written.
  Enqueued enqueue(std::string_view row);

  // For streams: like enqueue(), but gathered until flush(), which is when it is acknowledged.
  // `line` is a row, or without options.table a whole entry, which may be an SQL write.
  void gather(std::string_view line);
  [[nodiscard]] bool is_full() const noexcept; // time to flush
  // Throws when the entries are neither queued nor written.
  Flushed flush();

private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

} // namespace menacedb
