#include "core/audit/audit_generations.hpp"
#include "core/audit/audit_guard.hpp"
#include "core/engine/cleanup/cleanup_actions.hpp"
#include "core/engine/cleanup/cleanup_run.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>

namespace menacedb {
namespace {

constexpr Duration k_guard_patience = std::chrono::seconds(2);

} // namespace

// The log itself is never touched: what is in it is rotated first, by whoever writes it.
CleanupResult clean_audit(const Context& context, const CleanupOptions& options) {
  CleanupRun run(context, options, "audit");
  const std::string& path = context.settings.text("audit.path");
  const std::string folder = parent_directory(path);
  if (path.empty() || !context.fs.stat(folder)) {
    return run.take_result();
  }
  std::optional<AuditGuard> guard;
  if (!run.is_dry_run()) { // a rotation would give the files other names
    guard = AuditGuard::acquire(context.fs, context.clock, path, k_guard_patience);
    if (!guard) {
      run.note(fmt::format("rotated logs of '{}' were left alone: it is in use", path));
      return run.take_result();
    }
  }
  Retention retention = run.retention(
      "audit", retention_limits(context.settings, "retention.audit"),
      [&](const RetainedItem& item) {
        run.act(item.name, item.bytes, [&] { return remove_generation(context.fs, item.name); });
      });
  for (const std::string& generation : list_generations(context.fs, path)) {
    const auto stat = context.fs.stat(generation);
    if (stat && stat->type == FileType::regular) {
      retention.offer({generation, stat->modified_at, stat->size});
    }
  }
  return run.take_result();
}

} // namespace menacedb
