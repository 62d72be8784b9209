#pragma once

#include "core/audit/audit_counts.hpp"
#include "core/audit/line_buffer.hpp"
#include "core/base/json.hpp"
#include "core/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace menacedb {

// What the lines of one log were.
struct AuditScanTotals {
  std::uint64_t lines = 0;           // blank ones, too
  std::uint64_t entries = 0;         // counted
  std::uint64_t malformed = 0;       // no JSON object with the three names as texts
  std::uint64_t first_malformed = 0; // its line from 1; 0: none
  std::uint64_t skipped = 0;         // older than asked for
};

// Counts the accesses in the lines of an audit log, fed block by block. Lines in the usual spelling
// are read without a parser, all others by one, with the same result. An entry has `menace_id`,
// `table_name` (or `table`) and `operation` (or `action`), all texts; its `timestamp` matters only
// when old ones are left out. Not thread-safe; `counts` is borrowed.
class AuditScan {
public:
  // Entries before `since` are left out; then a line whose time cannot be read is malformed.
  explicit AuditScan(AuditCounts& counts, std::optional<Instant> since = {});

  [[nodiscard]] LineBuffer& input() noexcept { return m_input; }
  // Counts the whole lines that are there.
  void scan();
  // At the end: also the last line, when no newline ends it.
  void finish();

  [[nodiscard]] const AuditScanTotals& totals() const noexcept { return m_totals; }

private:
  void scan_usual();
  void count(std::string_view line);
  void count_malformed();
  [[nodiscard]] std::optional<AuditCounts::Access> read(std::string_view line);
  [[nodiscard]] std::optional<std::string_view> member(std::string_view name,
                                                       std::string_view other_name);
  // Whether it is to be counted; counts it as skipped or malformed otherwise.
  [[nodiscard]] bool is_wanted(std::string_view time);

  AuditCounts& m_counts;
  std::optional<Instant> m_since;
  LineBuffer m_input;
  AuditScanTotals m_totals;
  JsonTape m_tape;
};

} // namespace menacedb
