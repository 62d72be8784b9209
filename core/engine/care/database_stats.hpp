#pragma once

#include "core/base/units.hpp"
#include "core/engine/context.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace menacedb {

struct StatsRequest {
  bool is_exact = false;     // count all rows, however long it takes
  bool includes_own = false; // menacedb's own tables, too
  bool wants_pages = false;  // read every page for the figures of pages
  // Without is_exact a database up to `small` is counted all the same, a larger one as far as the
  // time goes: for one table, and in all. The rest is estimated.
  Bytes small = 64u << 20;
  Duration time_per_table = std::chrono::milliseconds(100);
  Duration time_in_all = std::chrono::seconds(1);
  std::function<void(Bytes)> progress; // bytes read so far; from another thread
};

struct DatabaseStats {
  struct Pages {
    std::uint64_t table = 0;
    std::uint64_t indices = 0; // of this table
    Bytes unused = 0;          // in both
  };
  struct Table {
    std::string name;
    std::optional<std::uint64_t> rows; // none: cannot be counted or estimated quickly
    bool is_approximate = false;
    std::optional<Pages> pages;
  };
  std::string path;
  std::int64_t schema_version = 0; // user_version
  std::uint64_t indices = 0;       // without automatic ones
  Bytes size = 0;                  // of the main file
  Bytes wal_size = 0;
  Bytes page_size = 0;
  std::uint64_t freelist_pages = 0;
  std::vector<Table> tables; // by name
};

// Reads the figures of a database. It is opened read-only and nothing is left behind; a missing one
// is an Error. A stop ends it with Error, kind busy, code "interrupted".
[[nodiscard]] DatabaseStats read_database_stats(const Context& context, const std::string& path,
                                                const StatsRequest& request);

} // namespace menacedb
