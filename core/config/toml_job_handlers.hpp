#pragma once

#include "core/config/settings_builder.hpp"
#include "core/config/toml_problems.hpp"

#include <string>

namespace menacedb {

// Reads one key of [jobs.handlers.TYPE], or of a table in it; `key.path` begins with these names.
void read_job_handler_key(const TomlKey& key, TomlProblems& problems, SettingsBuilder& builder);

// What can only be seen when all files are read: a handler that says not how its jobs are run, or
// says it twice.
void check_job_handlers(SettingsBuilder& builder);

} // namespace menacedb
