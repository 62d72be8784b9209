#pragma once

#include "core/audit/audit_entry.hpp"

#include <string>

namespace menacedb {

// Writes entries as the lines of an audit log: one JSON object with the separators ", " and ": ",
// the fields in this order:
//   {"menace_id": "alpha", "table_name": "bots", "operation": "write",
//    "timestamp": "2024-05-14T12:00:00.25Z"}
// and then, where it is known, `, "rows": 3`. Time is RFC 3339 in UTC; the fraction is left out
// when it is zero. Text beyond ASCII is escaped, so a line holds no byte that a terminal obeys.
// Keeps its memory and the text of the last second between lines; not thread-safe.
class AuditLineWriter {
public:
  // Without the closing brace and the newline, for whoever adds fields.
  void append_open(std::string& out, const AuditEntry& entry);
  // A whole line.
  void append(std::string& out, const AuditEntry& entry) {
    append_open(out, entry);
    out += "}\n";
  }

private:
  void append_time(std::string& out, Instant at);

  std::chrono::sys_seconds m_second{std::chrono::seconds::min()};
  std::string m_second_text; // without the Z
};

} // namespace menacedb
