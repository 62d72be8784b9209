#pragma once

#include "core/engine/context.hpp"
#include "core/queue/job_store.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace menacedb {

// The database of the job table: [jobs] database, else the shared one.
[[nodiscard]] std::string job_database_path(const Settings& settings);
// How the settings want it opened.
[[nodiscard]] JobStoreOptions job_store_options(const Settings& settings, const std::string& path);

// For a look that changes nothing and leaves nothing behind; none when there is no job table.
[[nodiscard]] std::optional<Database> open_jobs_to_read(const Context& context,
                                                        const std::string& path);

// Adds jobs, one transaction for all, with the retries of [retry] while the database is busy. An id
// each; none where one with its unique key is pending. A clock that was set is accounted for first,
// so that delays are what they say.
[[nodiscard]] std::vector<std::optional<std::int64_t>>
add_jobs(const Context& context, JobStore& store, std::span<const NewJob> jobs);

} // namespace menacedb
