#pragma once

#include "core/base/json.hpp"
#include "core/model/entry.hpp"
#include "core/model/priority.hpp"
#include "core/model/segment_id.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace menacedb {

// A byte range of one segment, from one claim. `begin` and `digest_before` are what the claim read
// from the ledger; the transaction compares them again and sets `end` and `digest_after`.
struct Slice {
  SegmentId segment;
  Lane lane;
  std::string path; // of the segment's file at the time of the claim
  bool is_sealed = false;
  Bytes begin = 0;
  Bytes end = 0;
  std::uint64_t digest_before = 0; // digest64 of the (up to) k_digest_span bytes before `begin`
  std::uint64_t digest_after = 0;
  std::uint64_t blank_lines = 0; // lines without entry
  // All its bytes, in one of the batch's texts; empty when it is one long line, of which only the
  // beginning is kept.
  std::string_view bytes;
};

inline constexpr Bytes k_digest_span = 256;
// Entry::slice of entries that stand in no slice: deferred ones, direct writes.
inline constexpr std::uint32_t k_no_slice = std::numeric_limits<std::uint32_t>::max();

// A file of a directory queue, claimed: it holds one entry and lies in processing/. Or a row of a
// job table that holds an entry, by its number.
struct EntryFile {
  std::string name;
  std::string ledger_id; // what the ledger knows its entry by, whatever the file is called
  int priority = k_default_priority;
  bool is_oversized = false; // only its beginning was read
};

// Where an entry goes.
struct Destination {
  enum class Kind { home, forward, refused, dropped };
  Kind kind = Kind::home;
  std::string store; // forward: the path of the database
  Fault fault;       // refused, dropped: why
};

// How each entry of a batch ended (invariant 6).
enum class Verdict : std::uint8_t { applied, duplicate, dead, deferred, forwarded, dropped };

struct Outcomes {
  struct Failure {
    std::uint32_t entry = 0; // index into Batch::entries
    Fault fault;
  };
  std::vector<Verdict> verdicts; // one per entry
  std::vector<Failure> failures; // the dead ones, in order
  std::uint64_t applied = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t failed = 0;
  std::uint64_t deferred = 0;
  std::uint64_t forwarded = 0;
  std::uint64_t dropped = 0;
};

// What one claim returns and one transaction decides, whole or not at all. Owns all memory its
// entries point into. Move-only; reuse by clear() keeps the memory.
struct Batch {
  // A direct write: no queue holds the entries, so one that fails leaves no dead letter behind.
  bool is_direct = false;
  // A dry run: decided, and then rolled back.
  bool is_rehearsal = false;
  std::vector<Slice> slices;
  std::string file_spool;       // the id of the directory queue that `files` are of
  std::vector<EntryFile> files; // entry i of the batch says which is its own
  std::vector<Entry> entries;   // in the order of application
  std::vector<Fault> faults;
  std::vector<Destination> destinations;           // [0] is home
  std::vector<std::unique_ptr<std::string>> texts; // the bytes of the slices and deferred lines
  // What the outbox takes in place of an entry's line, by index, where a hook changed the row.
  std::map<std::size_t, std::string> forwarded_lines;
  // Carries the decision out in the very transaction that makes it, where the queue is a table of
  // the home store: then no ledger needs to know the entries. False: another drain was faster.
  std::function<bool(const Outcomes&)> settle_within;
  JsonTape tape;

  Batch() = default;
  Batch(Batch&&) noexcept = default;
  Batch& operator=(Batch&&) noexcept = default;

  void clear() noexcept {
    is_direct = false;
    is_rehearsal = false;
    slices.clear();
    file_spool.clear();
    files.clear();
    entries.clear();
    faults.clear();
    destinations.clear();
    texts.clear();
    forwarded_lines.clear();
    settle_within = nullptr;
    tape.clear();
  }
  // What the outbox takes for an entry.
  [[nodiscard]] std::string_view forwarded_line(std::size_t entry) const {
    const auto changed = forwarded_lines.find(entry);
    return changed == forwarded_lines.end() ? entries[entry].line : changed->second;
  }
  // Nothing to decide: neither entries nor bytes.
  [[nodiscard]] bool is_empty() const noexcept { return slices.empty() && entries.empty(); }
};

} // namespace menacedb
