#include "cli/pass_output.hpp"

#include "cli/exit_code.hpp"
#include "cli/json_parts.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/engine/database_options.hpp"
#include "core/engine/jobs/job_settling.hpp"
#include "core/engine/status/status.hpp"
#include "core/os/signals.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

void print_json(App& app, const PassReport& report, const PassOutput& output) {
  JsonWriter json;
  json.begin_object().member("schema", output.schema);
  json.member("applied", report.applied).member("duplicates", report.duplicates);
  json.member("failed", report.failed).member("deferred", report.deferred);
  json.member("dropped", report.dropped);
  json.member("remaining", report.remaining);
  if (report.is_remaining_approximate) {
    json.member("approximate", true);
  }
  json.member("elapsed_ms", static_cast<double>(report.elapsed.count()) / 1000.0);
  json.key("queues").begin_array();
  for (const auto& [name, queue] : report.queues) {
    json.begin_object().member("queue", json_name(name)).member("applied", queue.applied);
    json.member("duplicates", queue.duplicates).member("failed", queue.failed).end_object();
  }
  json.end_array();
  if (output.jobs != nullptr) {
    json.key("jobs").begin_object().member("completed", output.jobs->completed);
    json.member("failed", output.jobs->failed).member("retried", output.jobs->retried).end_object();
  }
  if (output.is_dry_run) {
    json.member("dry_run", true);
  }
  app.printer().line(json.end_object().text());
}

void print_text(App& app, const PassReport& report, const PassOutput& output) {
  const double seconds = static_cast<double>(report.elapsed.count()) / 1e6;
  app.printer().line(
      fmt::format("applied {}, duplicates {}, failed {}, deferred {}, remaining {}{} in {:.3f} s",
                  report.applied, report.duplicates, report.failed, report.deferred,
                  report.is_remaining_approximate ? "about " : "", report.remaining, seconds));
  if (output.jobs != nullptr) {
    app.printer().line(fmt::format("jobs: {} completed, {} failed, {} to be tried again",
                                   output.jobs->completed, output.jobs->failed,
                                   output.jobs->retried));
  }
}

int status_of(const PassReport& report) {
  if (report.got_no_turn && report.remaining > 0) {
    return exit_status(ErrorKind::busy);
  }
  return report.failed > 0 ? k_exit_some_failed : k_exit_done;
}

PassReport report_without_turn(const Context& context, const Error& error) {
  const QueueState waiting = read_status(context, {}).total;
  PassReport report;
  report.got_no_turn = true;
  const Error told = explain_mode(context.settings, error);
  report.busy_reason = told.message();
  report.busy_hint = told.hint();
  report.remaining = waiting.pending;
  report.is_remaining_approximate = waiting.is_approximate;
  return report;
}

} // namespace

void print_pass(App& app, const PassReport& report, const PassOutput& output) {
  if (app.wants_json()) {
    print_json(app, report, output);
  } else if (!app.is_quiet()) {
    print_text(app, report, output);
  }
  app.printer().flush();
  if (report.failed > 0 && !app.wants_json()) {
    app.printer().note("hint: menacedb replay-failed --list");
  }
  if (report.got_no_turn) {
    app.printer().note(fmt::format("warning: {}", printable(report.busy_reason)));
    if (!report.busy_hint.empty() && !app.wants_json()) {
      app.printer().note(fmt::format("hint: {}", printable(report.busy_hint)));
    } else if (report.remaining > 0 && !app.wants_json()) {
      app.printer().note("hint: menacedb sync --lock-timeout 1m");
    }
  }
}

int run_single_pass(App& app, const PassOutput& output, const std::function<PassReport()>& pass) {
  PassReport report;
  try {
    report = pass();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::busy) {
      throw;
    }
    report = report_without_turn(app.context(), error);
  }
  print_pass(app, report, output);
  if (report.fault) {
    throw Error(*report.fault);
  }
  if (app.stop().is_requested()) {
    return k_exit_signal_base + SignalGuard::caught();
  }
  return status_of(report);
}

} // namespace menacedb
