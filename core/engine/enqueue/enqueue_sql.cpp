#include "core/engine/enqueue/enqueue_sql.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/db/transaction.hpp"
#include "core/engine/enqueue/direct_write.hpp"
#include "core/engine/enqueue/gathered_jobs.hpp"
#include "core/engine/jobs/job_places.hpp"
#include "core/engine/make_router.hpp"
#include "core/engine/places.hpp"
#include "core/engine/sql_places.hpp"
#include "core/engine/sql_policy.hpp"
#include "core/model/entry_id.hpp"
#include "core/queue/appender.hpp"
#include "core/queue/codec.hpp"
#include "core/queue/dir_appender.hpp"
#include "core/queue/dir_entry.hpp"
#include "core/store/sql_writer.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

NewDirEntry new_entry(const Enqueued& entry, const SqlEnqueueOptions& options,
                      const std::string& origin, Instant now) {
  NewDirEntry made;
  made.priority = entry.priority;
  made.operation = options.operation;
  made.params = options.params;
  made.metadata = options.metadata;
  made.id = entry.id;
  made.key = entry.key;
  made.db = options.db;
  made.origin = origin;
  made.created_at = now;
  if (options.delay) {
    made.not_before = now + *options.delay;
  }
  return made;
}

Error bad_sql(std::string_view code, std::string_view why) {
  return {ErrorKind::bad_input, code, fmt::format("cannot enqueue the SQL: {}", why)};
}

Error refused(const Fault& fault, const std::string& database) {
  return {ErrorKind::bad_input, fault.code,
          fmt::format("cannot run the SQL in '{}': {}", database, fault.message)};
}

// A file may be known to the drain alone, by its settings; a name that is none is a mistake.
void expect_known(const Settings& settings, const std::string& db) {
  const bool is_name = !db.empty() && db.find_first_of("/.") == std::string::npos;
  if (is_name && db != "shared" && db != "local" && own_database_path(settings) != db) {
    throw Error(ErrorKind::config, "db-unknown",
                fmt::format("cannot enqueue the SQL: no database is called '{}': it is shared, "
                            "local or the path of [dir_queue] database",
                            printable(db)))
        .with_hint("menacedb config show databases");
  }
}

bool is_durable(const Context& context, const SqlEnqueueOptions& options) {
  return options.durable || context.settings.text("queue.durability") == "power";
}

} // namespace

SqlEnqueuer::SqlEnqueuer(const Context& context, SqlEnqueueOptions options)
    : m_context(context),
      m_options(std::move(options)),
      m_spool(context.fs, context.settings.text("dir_queue.dir")),
      m_now(context.clock.now()) {}

Enqueued SqlEnqueuer::enqueue(std::string_view sql) {
  if (is_blank_line(sql)) {
    throw bad_sql("sql-empty", "it is empty");
  }
  if (!is_valid_utf8(sql) || !is_valid_utf8(m_options.operation)) {
    throw bad_sql("json-utf8", "it is not UTF-8");
  }
  if (sql.size() > m_context.settings.bytes("queue.max_line")) {
    throw bad_sql("line-too-long", "it is longer than [queue] max_line");
  }
  expect_known(m_context.settings, m_options.db);
  m_now = m_context.clock.now();
  Enqueued entry;
  entry.id = new_entry_id(m_now);
  entry.key = m_options.key.empty() && m_options.keeps_outcome ? entry.id : m_options.key;
  entry.priority = m_options.priority.value_or(k_default_priority);
  if (m_options.dry_run || m_options.direct || !m_context.settings.boolean("dir_queue.enabled")) {
    return write_past(std::move(entry), sql);
  }
  std::string why;
  if (m_options.to_table) {
    return queue_row(entry, sql);
  }
  try {
    return m_options.to_rows ? queue_line(entry, sql) : queue_file(entry, sql);
  } catch (const Error& error) {
    // What may be in the spool must not be written directly too: it would be applied twice.
    if (error.code() == "append-unsynced" || error.code() == "append-torn" ||
        !m_context.settings.boolean("queue.fallback")) {
      throw;
    }
    why = error.message();
  }
  try {
    entry = write_past(std::move(entry), sql);
  } catch (Error& error) {
    throw std::move(error).within(why + ", nor write directly");
  }
  entry.note = fmt::format("written directly: {}", why);
  return entry;
}

Enqueued SqlEnqueuer::queue_file(const Enqueued& entry, std::string_view sql) {
  DirAppender appender(m_context.fs, m_context.clock, m_spool);
  Enqueued queued = entry;
  queued.sequence =
      m_options.delay ? appender.next_sequence(m_now + *m_options.delay) : appender.next_sequence();
  NewDirEntry made = new_entry(entry, m_options, m_context.settings.text("instance.id"), m_now);
  made.sql = sql;
  made.sequence = queued.sequence;
  queued.queue = m_spool.directory();
  const std::string text = encode_dir_entry(made);
  queued.file =
      appender.append({queued.priority, queued.sequence, text, is_durable(m_context, m_options)});
  return queued;
}

Enqueued SqlEnqueuer::queue_line(const Enqueued& entry, std::string_view sql) {
  const std::string& origin = m_context.settings.text("instance.id");
  NewDirEntry made = new_entry(entry, m_options, origin, m_now);
  made.sql = sql;
  Spool spool(m_context.fs, m_context.clock, queue_directory(m_context.settings));
  const Lane lane{origin, entry.priority};
  Appender appender(m_context.fs, spool, lane);
  appender.append(encode_sql_line(made), is_durable(m_context, m_options));
  Enqueued queued = entry;
  queued.queue = lane_file_name(lane);
  queued.file = appender.path();
  return queued;
}

Enqueued SqlEnqueuer::queue_row(const Enqueued& entry, std::string_view sql) {
  NewDirEntry made = new_entry(entry, m_options, m_context.settings.text("instance.id"), m_now);
  made.sql = sql;
  GatheredJobs jobs;
  jobs.add(entry.priority, made.not_before) = encode_sql_line(made);
  Enqueued queued = entry;
  queued.job = jobs.append(m_context, is_durable(m_context, m_options));
  queued.file = job_database_path(m_context.settings);
  queued.queue = queued.file;
  return queued;
}

std::string sql_target(const Context& context, std::string_view line) {
  const Router router = make_router(context.settings);
  SqlPlaces places(context, router, {});
  Batch batch;
  decode_line(batch, line, 0, line.size(), k_no_slice, {});
  Destination destination = places.place(batch.entries.front());
  if (destination.kind == Destination::Kind::refused) {
    throw Error(ErrorKind::bad_input, destination.fault.code,
                fmt::format("cannot enqueue the SQL: {}", destination.fault.message));
  }
  return std::move(destination.store);
}

Enqueued SqlEnqueuer::write_past(Enqueued entry, std::string_view sql) {
  NewDirEntry made = new_entry(entry, m_options, m_context.settings.text("instance.id"), m_now);
  made.sql = sql;
  made.not_before.reset(); // written now
  const std::string line = encode_sql_line(made);
  entry.file = sql_target(m_context, line);
  entry.is_direct = true;
  if (m_options.dry_run) {
    rehearse(entry.file, line);
    return entry;
  }
  const Outcomes outcomes = write_directly(m_context, {entry.file, line});
  if (!outcomes.failures.empty()) {
    throw refused(outcomes.failures.front().fault, entry.file);
  }
  entry.is_duplicate = outcomes.duplicates > 0;
  return entry;
}

void SqlEnqueuer::rehearse(const std::string& database, const std::string& line) {
  if (!m_context.fs.stat(database)) {
    return; // nothing to try it on
  }
  Batch batch;
  decode_line(batch, line, 0, line.size(), k_no_slice, {});
  const Entry& entry = batch.entries.front();
  if (entry.fault >= 0) {
    throw refused(batch.faults.front(), database);
  }
  Database connection(database, {}, m_context.clock, m_context.stop);
  SchemaCache schema(connection, {});
  RuleSwitch rules(connection);
  SqlWriter writer(connection, m_context.clock, schema, rules,
                   [&] { return make_sql_policy(m_context.settings, database); });
  Transaction transaction(connection);
  const Verdict verdict = writer.write(batch, entry);
  transaction.rollback();
  if (verdict == Verdict::dead) {
    throw refused(writer.take_fault(), database);
  }
}

} // namespace menacedb
