#include "core/audit/audit_scan.hpp"

#include "core/audit/usual_line.hpp"
#include "core/base/text.hpp"

namespace menacedb {

AuditScan::AuditScan(AuditCounts& counts, std::optional<Instant> since)
    : m_counts(counts), m_since(since) {}

void AuditScan::scan() {
  for (;;) {
    scan_usual();
    const std::optional<LineBuffer::Line> line = m_input.next();
    if (!line) {
      return;
    }
    ++m_totals.lines;
    line->is_too_long ? count_malformed() : count(line->text);
  }
}

void AuditScan::finish() {
  if (const std::optional<LineBuffer::Line> line = m_input.last()) {
    ++m_totals.lines;
    line->is_too_long ? count_malformed() : count(line->text);
  }
}

// Up to the first line that is spelled in another way.
void AuditScan::scan_usual() {
  if (m_input.is_skipping()) {
    return;
  }
  const char* at = m_input.begin();
  UsualLine line;
  while (const char* const next = read_usual_line(at, line)) {
    at = next;
    ++m_totals.lines;
    if (!m_since || is_wanted(line.time)) {
      ++m_totals.entries;
      m_counts.add_usual(line.key, {line.menace_id, line.table, line.operation});
    }
  }
  m_input.consume_to(at);
}

void AuditScan::count(std::string_view line) {
  if (trim(line).empty()) {
    return;
  }
  const std::optional<AuditCounts::Access> access = read(line);
  if (!access) {
    count_malformed();
    return;
  }
  if (m_since && !is_wanted(member("timestamp", "timestamp").value_or(""))) {
    return;
  }
  m_counts.add(*access);
  ++m_totals.entries;
}

void AuditScan::count_malformed() {
  ++m_totals.malformed;
  if (m_totals.first_malformed == 0) {
    m_totals.first_malformed = m_totals.lines;
  }
}

std::optional<AuditCounts::Access> AuditScan::read(std::string_view line) {
  m_tape.clear();
  const JsonTape::Parsed parsed = m_tape.parse(line, 1);
  if (parsed.fault || m_tape.at(0).type != JsonType::object) {
    return std::nullopt;
  }
  const auto menace_id = member("menace_id", "menace_id");
  const auto table = member("table_name", "table");
  const auto operation = member("operation", "action");
  if (!menace_id || !table || !operation) {
    return std::nullopt;
  }
  return AuditCounts::Access{*menace_id, *table, *operation};
}

std::optional<std::string_view> AuditScan::member(std::string_view name,
                                                  std::string_view other_name) {
  std::optional<std::uint32_t> found = m_tape.find(0, name);
  if (!found) {
    found = m_tape.find(0, other_name);
  }
  if (!found || m_tape.at(*found).type != JsonType::string) {
    return std::nullopt;
  }
  return m_tape.at(*found).text;
}

bool AuditScan::is_wanted(std::string_view time) {
  const std::optional<Instant> when = parse_instant(time);
  if (!when) {
    count_malformed();
    return false;
  }
  m_totals.skipped += *when < *m_since ? 1 : 0;
  return *when >= *m_since;
}

} // namespace menacedb
