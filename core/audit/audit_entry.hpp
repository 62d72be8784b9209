#pragma once

#include "core/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace menacedb {

// One access to a table, as the audit log keeps it. The texts are borrowed.
struct AuditEntry {
  std::string_view menace_id; // who
  std::string_view table;
  std::string_view operation; // read, write, queue_insert, insert, upsert, update, delete, …
  Instant at;
  std::optional<std::uint64_t> rows; // how many rows it was about, where that is known
};

} // namespace menacedb
