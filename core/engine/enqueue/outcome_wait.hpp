#pragma once

#include "core/engine/context.hpp"
#include "core/model/entry.hpp"

#include <cstdint>
#include <string>

namespace menacedb {

// An entry somebody waits for. Its key is in the home store's key table once it was applied.
struct AwaitedEntry {
  std::string database; // the home store
  std::string table;
  std::string key;
  std::string id;
  std::string spool;    // of an entry of a directory queue: its directory …
  std::string sequence; // … and place
  std::int64_t job = 0; // of an entry in a job table: its row
};

struct Awaited {
  bool is_applied = false; // or was applied before, under the same key
  Fault fault;             // else why it is a dead letter
};

// Watches the home store until some drain has decided the entry. Throws busy, code "wait-timeout",
// after `patience`, and "interrupted" on a stop; the entry stays queued.
[[nodiscard]] Awaited wait_for_outcome(const Context& context, const AwaitedEntry& entry,
                                       Duration patience);

} // namespace menacedb
