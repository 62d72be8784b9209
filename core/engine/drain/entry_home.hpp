#pragma once

#include "core/engine/drain/destinations.hpp"
#include "core/engine/drain/forward.hpp"
#include "core/store/sqlite_store.hpp"

#include <optional>
#include <string>

namespace menacedb {

struct EntryHomeOptions {
  std::string database;           // of the entries, as configured
  std::string rehearsal_database; // opened in its stead; empty: it is not
  Duration lock_patience{};
  std::optional<Duration> busy_timeout; // for SQLite's own lock; default: [databases] busy_timeout
  Hooks* hooks = nullptr;               // borrowed, of the drain's thread; null: none
  std::string generation;               // of the policy, to be recorded; empty: it is not
};

// The home store of the entries of a directory queue or a job table, open, with the places that
// these entries may go to and the way to the other databases. The router is borrowed. Not
// thread-safe.
struct EntryHome {
  EntryHome(const Context& context, const Router& router, const EntryHomeOptions& options);
  EntryHome(const EntryHome&) = delete;
  EntryHome& operator=(const EntryHome&) = delete;

  SqliteStore store;
  Destinations destinations;
  Forward forward;
};

} // namespace menacedb
