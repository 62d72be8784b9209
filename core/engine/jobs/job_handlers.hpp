#pragma once

#include "core/config/settings.hpp"
#include "core/model/schedule.hpp"
#include "core/queue/job.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace menacedb {

// How the jobs of one type are run.
struct JobHandler {
  JobHandlerSettings settings;
  std::optional<Schedule> schedule;

  [[nodiscard]] bool is_lua() const noexcept { return !settings.lua.empty(); }
  // The function of its Lua file.
  [[nodiscard]] std::string function(const std::string& type) const;
  // The program to run and its arguments.
  [[nodiscard]] std::vector<std::string> command() const;
  // The pause before the next attempt, when so many have failed before this one: with each failure
  // twice the one before, give or take a quarter by a random number.
  [[nodiscard]] Duration retry_wait(std::uint64_t failed_before, std::uint64_t random) const;
};

using JobHandlers = std::map<std::string, JobHandler, std::less<>>; // by type

// "TYPE=COMMAND", of the command line: a text for the shell.
struct JobHandlerOption {
  std::string type;
  std::string command;
};

// Those of the settings, and `options` before them. Throws config: a time zone that is not there.
[[nodiscard]] JobHandlers make_job_handlers(Fs& fs, const Settings& settings,
                                            const std::vector<JobHandlerOption>& options = {});

} // namespace menacedb
