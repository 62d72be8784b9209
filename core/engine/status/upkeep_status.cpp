#include "core/engine/status/upkeep_status.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

namespace menacedb {

void add_upkeep(const Context& context, StatusReport& report) {
  try {
    report.upkeep = read_upkeep_records(context.fs, context.settings);
  } catch (const Error& error) {
    report.problems.push_back({"upkeep-unknown", error.message(), "menacedb worker logs"});
  }
  for (const UpkeepRecord& record : report.upkeep) {
    if (!record.is_ok) {
      report.problems.push_back({"upkeep-failed",
                                 fmt::format("the worker's {} of {} failed: {}", record.task,
                                             format_instant(record.ended_at), record.text),
                                 "menacedb worker logs"});
    }
  }
}

} // namespace menacedb
