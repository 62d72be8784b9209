#pragma once

#include "core/audit/audit_counts.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace menacedb {

// The summary of an audit log (CONTRACTS 1.3).
struct AuditReport {
  struct TableCount {
    std::string menace_id;
    std::string table;
    std::uint64_t count = 0;
  };
  struct WriterCount {
    std::string menace_id;
    std::uint64_t count = 0;
  };

  std::vector<AuditCount> operations; // by id, table, operation
  std::vector<TableCount> tables;     // most used first, then in the order of the log
  // Accesses of any kind to tables that two or more ids wrote to; most first.
  std::vector<WriterCount> top_shared_writers;
};

// `top`: at most so many writers; 0: all.
[[nodiscard]] AuditReport make_audit_report(const AuditCounts& counts, std::size_t top);

// insert, update, upsert, delete, write, queue_insert.
[[nodiscard]] bool is_write_operation(std::string_view operation) noexcept;

} // namespace menacedb
