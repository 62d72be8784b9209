#pragma once

#include "core/audit/audit_scan.hpp"
#include "core/audit/log_input.hpp"

#include <optional>
#include <string>

namespace menacedb {

// An audit log that is read on as it grows, like `tail -F`: through rotations, truncations and
// times when there is no such file. `counts` is borrowed. Not thread-safe.
class FollowedLog {
public:
  FollowedLog(std::string path, AuditCounts& counts, std::optional<Instant> since);

  // Counts what is there and was not counted yet; a last line without newline waits for its end.
  // Throws Error as LogInput does, except for a file that is not there.
  void read_on();

  [[nodiscard]] const AuditScanTotals& totals() const noexcept { return m_scan.totals(); }
  [[nodiscard]] const std::string& path() const noexcept { return m_path; }
  [[nodiscard]] bool is_there() const noexcept { return m_input.has_value(); }

private:
  void read_to_end();
  [[nodiscard]] std::optional<LogInput> open() const;
  // Whether `now`, which has the path, is not what is being read, or was cut.
  [[nodiscard]] bool is_other(const LogInput& now) const;

  std::string m_path;
  AuditScan m_scan;
  std::optional<LogInput> m_input;
};

} // namespace menacedb
