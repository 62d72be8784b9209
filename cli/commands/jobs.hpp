#pragma once

#include "cli/app.hpp"
#include "cli/arguments.hpp"
#include "core/base/json_text.hpp"
#include "core/engine/jobs/job_places.hpp"
#include "core/queue/job_care.hpp"
#include "core/queue/job_list.hpp"

#include <string>
#include <vector>

namespace menacedb {

// The actions of `menacedb jobs`, a file each or two. Each returns the exit status.
int jobs_add(App& app, const Arguments& arguments);
int jobs_list(App& app, const Arguments& arguments);
int jobs_show(App& app, const Arguments& arguments);
int jobs_stats(App& app, const Arguments& arguments);
int jobs_work(App& app, const Arguments& arguments);
int jobs_retry(App& app, const Arguments& arguments);
int jobs_cancel(App& app, const Arguments& arguments);
int jobs_stuck(App& app, const Arguments& arguments);
int jobs_purge(App& app, const Arguments& arguments);

// What they have in common.

inline constexpr std::string_view k_jobs_schema = "menacedb.jobs/1";
// --db, else the configured one.
[[nodiscard]] std::string jobs_path(App& app, const Arguments& arguments);
// The words after the action.
[[nodiscard]] std::vector<std::string> jobs_words(const Arguments& arguments);
// A job's number. Throws usage.
[[nodiscard]] std::int64_t parse_job_id(const std::string& text);
// A new job's type and payload as the user gave them, checked. Throws usage and bad_input.
void require_job_type(const std::string& type);
void require_job_payload(std::string_view payload);
// What the options say of a new job; type and payload are the caller's.
[[nodiscard]] NewJob job_from_options(App& app, const Arguments& arguments,
                                      const std::string& unique_key);
// One job as an object of `jobs`.
void add_job_json(JsonWriter& json, const Job& job);
// `{"schema":…,"jobs":[`; the caller closes both.
[[nodiscard]] JsonWriter begin_jobs_json();
// A job on a line of a table.
[[nodiscard]] std::vector<std::string> job_row(const Job& job);
[[nodiscard]] const std::vector<std::string>& job_header();

} // namespace menacedb
