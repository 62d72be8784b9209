#include "core/audit/audit_line.hpp"

#include "core/base/json_text.hpp"

#include <fmt/format.h>

namespace menacedb {

// Most lines of a process share their second, and formatting a date costs more than all the rest.
void AuditLineWriter::append_time(std::string& out, Instant at) {
  const auto second = std::chrono::floor<std::chrono::seconds>(at);
  if (second != m_second) {
    m_second_text = format_instant(second);
    m_second_text.pop_back();
    m_second = second;
  }
  out += m_second_text;
  if (const auto fraction = (at - second).count(); fraction != 0) {
    char digits[] = ".000000";
    auto rest = fraction;
    for (char* digit = digits + 6; rest != 0; rest /= 10) {
      *digit-- = static_cast<char>('0' + rest % 10);
    }
    out += digits;
  }
  out += 'Z';
}

void AuditLineWriter::append_open(std::string& out, const AuditEntry& entry) {
  out += R"({"menace_id": )";
  append_json_string(out, entry.menace_id, true);
  out += R"(, "table_name": )";
  append_json_string(out, entry.table, true);
  out += R"(, "operation": )";
  append_json_string(out, entry.operation, true);
  out += R"(, "timestamp": ")";
  append_time(out, entry.at);
  out += '"';
  if (entry.rows) {
    out += R"(, "rows": )";
    out += fmt::format_int(*entry.rows).c_str();
  }
}

} // namespace menacedb
