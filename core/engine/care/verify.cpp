#include "core/engine/care/verify.hpp"

#include "core/engine/care/verify_backups.hpp"
#include "core/engine/care/verify_database.hpp"
#include "core/engine/care/verify_dir_queue.hpp"
#include "core/engine/care/verify_queues.hpp"

#include <algorithm>

namespace menacedb {

bool VerifyReport::is_ok() const noexcept {
  return std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.is_ok; });
}

VerifyReport verify(const Context& context, const VerifyRequest& request) {
  VerifyReport report;
  if (request.checks_databases) {
    report.checks.push_back(check_sqlite_version());
    for (const NamedDatabase& database : request.databases) {
      verify_database(context, request, database.path, report);
    }
  }
  if (request.checks_queues) {
    verify_queues(context, request, report);
    verify_dir_queue(context, request, report);
  }
  for (const NamedDatabase& database : request.backups_of) {
    verify_backups(context, request, database.path, report);
  }
  return report;
}

} // namespace menacedb
