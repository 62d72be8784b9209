#include "cli/commands/jobs.hpp"
#include "cli/json_parts.hpp"
#include "cli/option_values.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace menacedb {
namespace {

constexpr std::size_t k_longest_type = 200;
constexpr std::size_t k_error_columns = 60;

} // namespace

std::string jobs_path(App& app, const Arguments& arguments) {
  return arguments.value("--db").value_or(job_database_path(app.settings()));
}

std::vector<std::string> jobs_words(const Arguments& arguments) {
  return arguments.values("ARGUMENT");
}

std::int64_t parse_job_id(const std::string& text) {
  std::int64_t id = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (fault != std::errc() || end != text.data() + text.size() || id <= 0) {
    throw Error(ErrorKind::usage, "bad-job",
                fmt::format("cannot use '{}' as the number of a job", printable(text)))
        .with_hint("menacedb jobs list");
  }
  return id;
}

void require_job_type(const std::string& type) {
  const bool is_usable = !type.empty() && type.size() <= k_longest_type && is_valid_utf8(type) &&
                         std::ranges::none_of(type, [](char c) {
                           return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
                         });
  if (!is_usable) {
    throw Error(ErrorKind::usage, "bad-job-type",
                fmt::format("cannot use '{}' as the type of a job: it is text of 1 to {} bytes "
                            "without control characters",
                            elide(printable(type), k_error_columns), k_longest_type));
  }
  if (type == k_entry_job_type) {
    throw Error(ErrorKind::usage, "bad-job-type",
                fmt::format("cannot add a job of type '{}': that is what queued entries are",
                            k_entry_job_type))
        .with_hint("menacedb enqueue --format table --help");
  }
}

void require_job_payload(std::string_view payload) {
  JsonTape tape;
  if (const JsonTape::Parsed parsed = tape.parse(payload, 0); parsed.fault) {
    throw Error(ErrorKind::bad_input, parsed.fault->code,
                fmt::format("cannot add the job: its payload: {}", parsed.fault->message));
  }
}

NewJob job_from_options(App& app, const Arguments& arguments, const std::string& unique_key) {
  NewJob job;
  job.created_at = app.clock().now();
  job.unique_key = unique_key;
  if (const auto priority = arguments.value("--priority")) {
    job.priority = parse_priority_option(*priority);
  }
  if (const auto delay = arguments.value("--delay")) {
    job.not_before = job.created_at + parse_duration_option("--delay", *delay);
  }
  if (const auto most = arguments.value("--max-attempts")) {
    job.max_attempts = std::max<std::uint64_t>(parse_count_option("--max-attempts", *most), 1);
  }
  return job;
}

void add_job_json(JsonWriter& json, const Job& job) {
  json.begin_object().member("id", job.id).member("job_type", json_name(job.type));
  json.member("status", json_name(job.status)).member("priority", job.priority());
  json.member("sql_priority", job.sql_priority).member("attempts", job.attempts);
  json.key("max_attempts");
  job.max_attempts ? json.value(*job.max_attempts) : json.null();
  json.key("payload"); // JSON as it is, anything else as text
  JsonTape tape;
  const JsonTape::Parsed parsed = tape.parse(job.payload, 0);
  parsed.fault ? json.value(std::string_view(json_name(job.payload)))
               : json.raw(tape.at(parsed.root).raw);
  json.key("created_at");
  add_time(json, job.created_at);
  json.key("started_at");
  add_time(json, job.started_at);
  json.key("completed_at");
  add_time(json, job.completed_at);
  json.key("not_before");
  add_time(json, job.not_before == Instant() ? std::nullopt : std::optional(job.not_before));
  json.key("error");
  job.error.empty() ? json.null() : json.value(std::string_view(json_name(job.error)));
  json.key("owner");
  job.owner.empty() ? json.null() : json.value(std::string_view(json_name(job.owner)));
  json.key("lease_until");
  add_time(json, job.lease_until);
  json.member("run", job.run).key("unique_key");
  job.unique_key.empty() ? json.null() : json.value(std::string_view(json_name(job.unique_key)));
  json.end_object();
}

JsonWriter begin_jobs_json() {
  JsonWriter json;
  json.begin_object().member("schema", k_jobs_schema).key("jobs").begin_array();
  return json;
}

std::vector<std::string> job_row(const Job& job) {
  const std::string attempts = job.max_attempts
                                   ? fmt::format("{}/{}", job.attempts, *job.max_attempts)
                                   : std::to_string(job.attempts);
  return {std::to_string(job.id),
          job.type,
          job.status,
          std::to_string(job.priority()),
          attempts,
          format_instant(job.created_at),
          job.error.empty() ? "-" : elide(printable(job.error), k_error_columns)};
}

const std::vector<std::string>& job_header() {
  static const std::vector<std::string> header = {"id",       "type",       "status", "priority",
                                                  "attempts", "created at", "error"};
  return header;
}

} // namespace menacedb
