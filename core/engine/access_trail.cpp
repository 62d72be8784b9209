#include "core/engine/access_trail.hpp"

#include "core/base/error.hpp"
#include "core/engine/places.hpp"
#include "core/model/entry.hpp"
#include "core/queue/access_tally.hpp"

#include <fmt/format.h>

#include <vector>

namespace menacedb {
namespace {

AuditOptions audit_options(const Settings& settings) {
  AuditOptions options;
  options.path = settings.text("audit.path");
  options.chain = settings.boolean("audit.chain");
  options.max_bytes = settings.bytes("audit.max_bytes");
  options.backups = static_cast<unsigned>(settings.integer("audit.backups"));
  options.max_age = settings.duration("audit.max_age");
  return options;
}

} // namespace

bool AccessTrail::is_audited() const {
  return !m_context.settings.text("audit.path").empty();
}

void AccessTrail::note(std::span<const Access> accesses) {
  if (accesses.empty()) {
    return;
  }
  const Instant now = m_context.clock.now();
  std::vector<AuditEntry> entries;
  for (const Access& access : accesses) {
    log(access, now);
    entries.push_back({access.menace_id, access.table, access.operation, now, access.rows});
  }
  if (is_audited()) {
    audit(entries);
  }
  count(accesses);
}

bool AccessTrail::takes_queue_inserts() const {
  return is_audited() || m_context.log.shows(LogLevel::info);
}

void AccessTrail::count(std::span<const Access> accesses) const {
  AccessCounts counts;
  for (const Access& access : accesses) {
    if (access.operation == k_queue_insert) {
      continue;
    }
    // Entries count one by one, as those that a drain applies; whatever it reads, a read is one.
    const std::uint64_t count = parse_op(access.operation) ? access.rows.value_or(1) : 1;
    if (access.placement == Placement::shared) {
      counts.shared[std::string(access.table)] += count;
    } else if (access.placement == Placement::local) {
      counts.local[std::string(access.table)] += count;
    }
  }
  if (!counts.is_empty()) {
    Spool spool(m_context.fs, m_context.clock, queue_directory(m_context.settings));
    AccessTally(m_context.fs, m_context.clock, spool).note(counts);
  }
}

void AccessTrail::log(const Access& access, Instant at) const {
  if (access.placement != Placement::shared) {
    return;
  }
  if (m_context.log.shows(LogLevel::info)) {
    m_context.log.event(LogLevel::info, "access",
                        {{"menace_id", std::string(access.menace_id)},
                         {"table_name", std::string(access.table)},
                         {"operation", std::string(access.operation)},
                         {"timestamp", format_instant(at)}});
  }
  if (access.operation == "write") {
    m_context.log.event(LogLevel::warning, "write-past-queue",
                        {{"menace_id", std::string(access.menace_id)},
                         {"table_name", std::string(access.table)},
                         {"hint", fmt::format("menacedb enqueue {}", access.table)}});
  }
}

void AccessTrail::audit(std::span<const AuditEntry> entries) {
  try {
    if (!m_audit) {
      m_audit = std::make_unique<AuditLog>(m_context.fs, m_context.clock,
                                           audit_options(m_context.settings));
    }
    m_audit->append(entries);
  } catch (
      const Error& error) { // an audit log that fails must not break the access (CONTRACTS 1.3)
    if (!m_has_failed) {
      m_context.log.event(LogLevel::warning, "audit-failed",
                          {{"reason", error.message()}, {"hint", "menacedb status"}});
    }
    m_has_failed = true;
  }
}

} // namespace menacedb
