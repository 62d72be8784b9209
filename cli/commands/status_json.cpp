#include "cli/commands/status_json.hpp"

#include "cli/commands/status_flow.hpp"
#include "cli/json_parts.hpp"
#include "core/base/json_text.hpp"

namespace menacedb {
namespace {

double to_ms(Duration duration) {
  return static_cast<double>(duration.count()) / 1000.0;
}

void add_counts(JsonWriter& json, const QueueState& queue) {
  json.member("pending", queue.pending).member("processing", queue.processing);
  json.member("completed", queue.completed).member("failed", queue.failed);
  if (queue.is_approximate) {
    json.member("approximate", true);
  }
}

void add_age(JsonWriter& json, const QueueState& queue) {
  json.key("oldest_ms");
  if (queue.oldest) {
    json.value(to_ms(*queue.oldest));
  } else {
    json.null();
  }
}

void add_queues(JsonWriter& json, const StatusReport& report) {
  json.key("queue").begin_object();
  add_counts(json, report.total);
  add_age(json, report.total);
  json.end_object();
  json.key("queues").begin_array();
  for (const QueueState& queue : report.queues) {
    json.begin_object().member("queue", json_name(queue.name)).member("format", queue.format);
    add_counts(json, queue);
    add_age(json, queue);
    json.end_object();
  }
  json.end_array();
}

void add_databases(JsonWriter& json, const StatusReport& report) {
  json.key("databases").begin_array();
  for (const DatabaseState& database : report.databases) {
    json.begin_object().member("name", database.name).member("path", json_name(database.path));
    json.member("size_bytes", database.size).member("wal_bytes", database.wal_size);
    json.member("exists", database.exists).member("ok", database.is_ok).end_object();
  }
  json.end_array();
}

void add_problems(JsonWriter& json, const StatusReport& report) {
  json.key("problems").begin_array();
  for (const Problem& problem : report.problems) {
    json.begin_object().member("code", problem.code).member("message", json_name(problem.message));
    json.member("hint", json_name(problem.hint)).end_object();
  }
  json.end_array();
}

void add_tables(JsonWriter& json, const char* placement, const AccessCounts::Tables& tables) {
  json.key(placement).begin_object();
  for (const auto& [table, count] : tables) {
    json.member(json_name(table), count);
  }
  json.end_object();
}

void add_accesses(JsonWriter& json, const AccessCounts& access) {
  json.key("access").begin_object();
  add_tables(json, "shared", access.shared);
  add_tables(json, "local", access.local);
  json.end_object();
}

void add_generation(JsonWriter& json, const std::optional<RunningWorker>& worker) {
  if (worker && worker->state) {
    json.member("generation", worker->state->generation);
    json.member("loaded_at", format_instant(worker->state->loaded_at));
  } else {
    json.key("generation").null().key("loaded_at").null();
  }
}

void add_worker(JsonWriter& json, const StatusReport& report) {
  json.key("worker").begin_object().member("running", report.worker.has_value()).key("pid");
  if (report.worker && report.worker->pid != 0) {
    json.value(static_cast<std::int64_t>(report.worker->pid));
  } else {
    json.null();
  }
  json.key("generation");
  if (report.worker && report.worker->state) {
    json.value(report.worker->state->generation);
  } else {
    json.null();
  }
  json.end_object();
}

void add_upkeep(JsonWriter& json, const StatusReport& report) {
  json.key("upkeep").begin_array();
  for (const UpkeepRecord& record : report.upkeep) {
    json.begin_object().member("task", json_name(record.task));
    json.member("ran_at", format_instant(record.ended_at)).member("ok", record.is_ok);
    json.member("message", json_name(record.text)).end_object();
  }
  json.end_array();
}

} // namespace

std::string to_status_json(const StatusReport& report) {
  JsonWriter json;
  json.begin_object().member("schema", "menacedb.status/1");
  json.member("timestamp", format_instant(report.taken_at));
  json.member("available", report.is_available).member("health", report.health);
  json.member("connections", report.connections);
  add_queues(json, report);
  add_worker(json, report);
  add_upkeep(json, report);
  json.key("stats").begin_object();
  for (const auto& [name, count] : report.stats) {
    json.member(name, count);
  }
  json.end_object();
  add_flow(json, report);
  add_accesses(json, report.access);
  add_databases(json, report);
  json.key("policy").begin_object();
  add_generation(json, report.worker);
  json.key("last_error");
  if (report.policy_error) {
    json.value(*report.policy_error);
  } else {
    json.null();
  }
  json.end_object();
  add_problems(json, report);
  return json.end_object().take();
}

} // namespace menacedb
