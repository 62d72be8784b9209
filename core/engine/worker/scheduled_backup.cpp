#include "core/engine/worker/scheduled_backup.hpp"

#include "core/base/error.hpp"
#include "core/engine/care/backup.hpp"
#include "core/engine/places.hpp"

#include <fmt/format.h>

namespace menacedb {
UpkeepDone back_up_databases(const Context& context) {
  BackupOptions options;
  options.reason = "scheduled";
  options.is_compressed = context.settings.boolean("backup.compress");
  UpkeepDone done;
  for (const auto& [name, database] : databases_named(context.fs, context.settings, {})) {
    if (context.stop.is_requested()) {
      break;
    }
    try {
      const MadeBackup made = back_up(context, database, options);
      done.did += fmt::format("{}{}", done.did.empty() ? "made " : ", ", made.path);
    } catch (const Error& error) {
      done.faults.push_back(error.message());
    }
  }
  return done;
}

} // namespace menacedb
