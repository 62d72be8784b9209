#include "cli/worker_start.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/engine/worker/worker.hpp"
#include "core/os/daemon.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

namespace menacedb {
namespace {

constexpr std::string_view k_ready = "ready";
constexpr std::string_view k_already = "already";
constexpr std::string_view k_failed = "failed";

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    text += part;
    text += '\0';
  }
  return text;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\0'), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  parts.resize(std::max<std::size_t>(parts.size(), 5));
  return parts;
}

int number_of(const std::string& text) {
  int number = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string failure(const Error& error) {
  return join({std::string(k_failed), std::to_string(static_cast<int>(error.kind())), error.code(),
               error.message(), error.hint()});
}

// In the daemon. Everything is made anew: what the starter had is not used.
int run_worker(Readiness& readiness, const ConfigSources& sources) {
  try {
    PosixFs fs;
    SystemClock clock;
    Worker worker(fs, clock, {.sources = sources, .manager = {}, .logs_to_file = true});
    if (!worker.has_spools()) {
      readiness.tell(join({std::string(k_already)}));
      return 0;
    }
    worker.run([&] { readiness.tell(join({std::string(k_ready)})); });
    return 0;
  } catch (const Error& error) {
    readiness.tell(failure(error));
    return 1;
  } catch (const std::exception& error) {
    readiness.tell(failure(Error(ErrorKind::internal, "internal", error.what())));
    return 1;
  }
}

bool is_served(App& app) {
  const auto spools = worker_spools(app.settings());
  return std::all_of(spools.begin(), spools.end(), [&](const WorkerSpool& spool) {
    return find_worker(app.fs(), spool).has_value();
  });
}

int running_pid(App& app) {
  const auto running = find_worker(app.fs(), app.settings());
  return running ? running->pid : 0;
}

} // namespace

WorkerStart start_worker(App& app) {
  if (is_served(app)) {
    return {.was_running = true, .pid = running_pid(app)};
  }
  const ConfigSources& sources = app.config_sources();
  const DaemonStart start =
      start_daemon([&](Readiness& readiness) { return run_worker(readiness, sources); });
  const std::vector<std::string> told = split(start.message);
  if (told[0] == k_ready) {
    return {.was_running = false, .pid = start.pid};
  }
  if (told[0] == k_already) { // another was started at the same time
    return {.was_running = true, .pid = running_pid(app)};
  }
  if (told[0] == k_failed) {
    throw Error(static_cast<ErrorKind>(number_of(told[1])), told[2], told[3])
        .within("start the worker")
        .with_hint(told[4]);
  }
  throw Error(ErrorKind::unavailable, "worker-died",
              fmt::format("cannot start the worker: it ended with status {}", start.ended))
      .with_hint("menacedb worker logs");
}

void ensure_worker(App& app, const Arguments& arguments, WorkerSpool::Format format) {
  const Settings& settings = app.settings();
  if (!arguments.has("--ensure-worker") && !settings.boolean("worker.autostart")) {
    return;
  }
  try {
    if (!lifetime_lock_holder(app.fs(), worker_lock_path(settings, format))) {
      (void)start_worker(app);
    }
  } catch (const Error& error) {
    app.printer().note(fmt::format("warning: {}", printable(error.message())));
  }
}

} // namespace menacedb
