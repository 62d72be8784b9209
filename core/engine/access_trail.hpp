#pragma once

#include "core/audit/audit_log.hpp"
#include "core/engine/context.hpp"
#include "core/policy/router.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace menacedb {

// Somebody reads or writes a table.
struct Access {
  std::string_view menace_id;
  std::string_view table;
  std::string_view operation; // read, write, queue_insert, insert, upsert, update, delete, …
  Placement placement = Placement::unknown;
  std::optional<std::uint64_t> rows; // where that is known
};

inline constexpr std::string_view k_queue_insert = "queue_insert";

// The trail that accesses leave: a log event for each access to a shared table (level info; that
// the queue is the better way for operation `write`, as a warning), and a line of the audit log for
// each access whatsoever ([audit] path), and a count (status), except for queue_insert, which
// counts when it is applied. What cannot be written breaks no access: the first failure is logged
// as a warning, later ones pass in silence. Opens nothing before it is needed. Not thread-safe; its
// Context outlives it.
class AccessTrail {
public:
  explicit AccessTrail(const Context& context) : m_context(context) {}

  // They happen now. Those of one call are one write to the audit log.
  void note(std::span<const Access> accesses);
  // Lines for the audit log alone, for accesses that were logged as they came in.
  void audit(std::span<const AuditEntry> entries);
  [[nodiscard]] bool is_audited() const;
  // Whether an access with operation queue_insert would leave anything at all.
  [[nodiscard]] bool takes_queue_inserts() const;

private:
  void log(const Access& access, Instant at) const;
  void count(std::span<const Access> accesses) const;

  Context m_context;
  std::unique_ptr<AuditLog> m_audit; // from the first line on
  bool m_has_failed = false;
};

} // namespace menacedb
