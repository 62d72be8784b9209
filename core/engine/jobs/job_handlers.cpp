#include "core/engine/jobs/job_handlers.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/model/backoff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace menacedb {
namespace {

constexpr std::uint64_t k_most_attempts = 1'000'000;

std::optional<Schedule> make_schedule(Fs& fs, const JobHandlerSettings& settings) {
  if (settings.every) {
    return Schedule(*settings.every);
  }
  if (!settings.cron.empty()) {
    return Schedule(Cron::parse(settings.cron), TimeZone::load(fs, settings.time_zone));
  }
  return std::nullopt;
}

} // namespace

std::string JobHandler::function(const std::string& type) const {
  return settings.function.empty() ? "job_" + type : settings.function;
}

std::vector<std::string> JobHandler::command() const {
  return settings.is_exec_shell ? std::vector<std::string>{"/bin/sh", "-c", settings.exec.at(0)}
                                : settings.exec;
}

Duration JobHandler::retry_wait(std::uint64_t failed_before, std::uint64_t random) const {
  const Backoff backoff{.base = settings.retry_delay,
                        .cap = std::max(settings.max_retry_delay, settings.retry_delay)};
  const auto attempt = std::min<std::uint64_t>(failed_before + 1, k_most_attempts);
  return jittered(backoff.wait_after(static_cast<unsigned>(attempt)), random);
}

JobHandlers make_job_handlers(Fs& fs, const Settings& settings,
                              const std::vector<JobHandlerOption>& options) {
  JobHandlers handlers;
  for (const auto& [type, handler] : settings.job_handlers()) {
    try {
      handlers.emplace(type, JobHandler{handler, make_schedule(fs, handler)});
    } catch (Error& error) {
      throw Error(ErrorKind::config, error.code(), error.message())
          .within(fmt::format("schedule of [jobs.handlers.{}]", printable(type)))
          .with_hint(error.hint());
    }
  }
  for (const JobHandlerOption& option : options) {
    JobHandler& handler = handlers[option.type]; // what else the settings say of it stays
    handler.settings.exec = {option.command};
    handler.settings.is_exec_shell = true;
    handler.settings.lua.clear();
  }
  return handlers;
}

} // namespace menacedb
