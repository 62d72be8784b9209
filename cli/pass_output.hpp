#pragma once

#include "cli/app.hpp"
#include "core/engine/drain/pass_report.hpp"

#include <functional>
#include <string_view>

namespace menacedb {

struct JobCounts;

struct PassOutput {
  std::string_view schema = "menacedb.sync/1";
  bool is_dry_run = false;
  const JobCounts* jobs = nullptr; // of the jobs that the pass ran; borrowed, null: it runs none
};

// What a pass did, on stdout, with the advice on stderr.
void print_pass(App& app, const PassReport& report, const PassOutput& output);
// Runs and prints one pass; a fault of it is thrown after that. The status to exit with: 75 when a
// lock kept entries waiting, 1 when some failed.
[[nodiscard]] int run_single_pass(App& app, const PassOutput& output,
                                  const std::function<PassReport()>& pass);

} // namespace menacedb
