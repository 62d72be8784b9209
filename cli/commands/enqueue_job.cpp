#include "cli/commands/enqueue_job.hpp"

#include "cli/commands/jobs.hpp"
#include "cli/text_input.hpp"
#include "cli/worker_start.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

// An option that would be passed over in silence is refused.
void require_meaning(const Arguments& arguments) {
  for (const char* const name :
       {"--sql", "--set", "--param", "--operation", "--db", "--stdin", "--op", "--key-fields",
        "--hash-fields", "--key", "--metadata", "--wait", "--direct"}) {
    if (arguments.has(name)) {
      throw Error(ErrorKind::usage, "option-conflict",
                  fmt::format("cannot combine --job with {}", name))
          .with_hint("menacedb enqueue --help");
    }
  }
  if (arguments.word("--format", "jsonl|dir|table").value_or("table") != "table") {
    throw Error(ErrorKind::usage, "option-conflict",
                "cannot queue a job in another format than table");
  }
  if (arguments.positional("JSON")) {
    throw Error(ErrorKind::usage, "option-conflict",
                "cannot queue a job with two payloads: give --job TYPE and one JSON text")
        .with_hint("menacedb enqueue --help");
  }
}

} // namespace

int enqueue_job(App& app, const Arguments& arguments) {
  require_meaning(arguments);
  const std::string type = arguments.value("--job").value_or("");
  require_job_type(type);
  // The one word that is left of the command line stands where a row has its table.
  const std::string payload =
      read_text_argument(arguments.positional("TABLE").value_or("{}"),
                         app.settings().bytes("queue.max_line"), "queue the job");
  require_job_payload(payload);
  const std::string unique_key = arguments.value("--unique").value_or("");
  NewJob job = job_from_options(app, arguments, unique_key);
  job.type = type;
  job.payload = trim(payload);
  const Context context = app.context();
  const bool is_dry_run = arguments.has("--dry-run");
  const std::string path = job_database_path(context.settings);
  std::optional<std::int64_t> id;
  if (!is_dry_run) {
    JobStoreOptions options = job_store_options(context.settings, path);
    options.is_durable |= arguments.has("--durable");
    JobStore store(context.fs, context.clock, context.stop, options);
    id = add_jobs(context, store, std::span(&job, 1)).front();
    store.checkpoint_if_large(true);
  }
  Printer& printer = app.printer();
  if (app.wants_json()) {
    JsonWriter json;
    json.begin_object().member("schema", "menacedb.enqueue/1").key("id");
    id ? json.value(std::string_view(std::to_string(*id))) : json.null();
    json.key("table").null().member("job_type", type).member("queue", path).member("file", path);
    json.member("priority", job.priority).member("durable", arguments.has("--durable"));
    json.member("direct", false).member("duplicate", !id && !is_dry_run);
    if (is_dry_run) {
      json.member("dry_run", true);
    }
    printer.line(json.end_object().text());
  } else if (id) {
    printer.line(std::to_string(*id));
  } else if (!is_dry_run) {
    printer.note("menacedb: note: a job of this type with this key is pending; nothing was added");
  }
  printer.flush(WhenBroken::fail);
  if (id) {
    ensure_worker(app, arguments, WorkerSpool::Format::jsonl);
  }
  return 0;
}

} // namespace menacedb
