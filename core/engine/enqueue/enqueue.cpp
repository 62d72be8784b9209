#include "core/engine/enqueue/enqueue.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/engine/enqueue/direct_write.hpp"
#include "core/engine/enqueue/enqueue_sql.hpp"
#include "core/engine/enqueue/entry_checks.hpp"
#include "core/engine/enqueue/entry_policy.hpp"
#include "core/engine/enqueue/gathered_files.hpp"
#include "core/engine/enqueue/gathered_jobs.hpp"
#include "core/engine/jobs/job_places.hpp"
#include "core/engine/places.hpp"
#include "core/engine/queue_inserts.hpp"
#include "core/engine/table_policy.hpp"
#include "core/model/entry_id.hpp"
#include "core/model/priority.hpp"
#include "core/model/segment_id.hpp"
#include "core/queue/codec.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

constexpr std::size_t k_flush_bytes = 256u << 10; // appended with one write

} // namespace

struct Enqueuer::Impl {
  Context context;
  const Router& router;
  EnqueueOptions options;
  std::string origin;
  Spool spool;
  Batch scratch; // the line under work, decoded
  LineEncoder encoder;
  std::optional<EntryIdSource> ids; // of a stream; a single entry draws only what it needs
  std::map<Lane, std::unique_ptr<Appender>> appenders;
  std::map<Lane, std::string> queued;         // gathered lines by lane
  std::map<std::string, std::string> written; // gathered lines by database, for direct writes
  GatheredFiles files;                        // gathered for the directory queue
  GatheredJobs jobs;                          // gathered for the job table
  std::size_t gathered_bytes = 0;
  QueueInserts inserts;
  std::string line_metadata;                      // of the line under work
  std::string known_table;                        // the table asked about last …
  Placement known_placement = Placement::unknown; // … and the answer, when no hook has a say

  Impl(const Context& c, const Router& r, EnqueueOptions o)
      : context(c),
        router(r),
        options(std::move(o)),
        origin(c.settings.text("instance.id")),
        spool(c.fs, c.clock, queue_directory(c.settings)),
        inserts(c) {
    require_safe_origin(origin);
  }

  [[nodiscard]] bool is_durable() const {
    return options.durable || context.settings.text("queue.durability") == "power";
  }
  Placement place(const NewEntry& entry);
  [[nodiscard]] int default_priority(const NewEntry& entry) const {
    const std::optional<int> answer = priority_by_hook(options.hooks, entry);
    return answer ? *answer : table_priority(context.settings, entry.table);
  }
  void forget_gathered();
  NewEntry read_row(std::string_view row);
  NewEntry read_entry(std::string_view line);
  void read_extras(std::string_view line, NewEntry& entry);
  Enqueued accept(NewEntry entry);
  void accept_sql(std::string_view line);
  Outcomes append(const Lane& lane, const std::string& lines, std::string& note);
};

Enqueuer::Enqueuer(const Context& context, const Router& router, EnqueueOptions options)
    : m_impl(std::make_unique<Impl>(context, router, std::move(options))) {}
Enqueuer::~Enqueuer() = default;

// The memory is kept: giving it back and asking for it again would cost a stream a tenth of its
// time.
void Enqueuer::Impl::forget_gathered() {
  for (auto& [lane, lines] : queued) {
    lines.clear();
  }
  for (auto& [database, lines] : written) {
    lines.clear();
  }
  files.clear();
  jobs.clear();
  gathered_bytes = 0;
  inserts.forget();
}

Placement Enqueuer::Impl::place(const NewEntry& entry) {
  const std::string_view table = entry.table;
  if (known_placement == Placement::unknown || table != known_table) {
    if (table.empty()) {
      throw Error(ErrorKind::bad_input, "table-empty", "table name must be a non-empty string");
    }
    if (options.hooks != nullptr && options.hooks->has(HookName::route)) {
      return place_by_policy(router, *options.hooks, entry);
    }
    known_placement = router.route_or_throw(table).placement;
    known_table = table;
  }
  return known_placement;
}

// A row of options.table.
NewEntry Enqueuer::Impl::read_row(std::string_view row) {
  const JsonTape::Parsed parsed = scratch.tape.parse(row, 1);
  if (parsed.fault) {
    throw bad_row(parsed.fault->code, parsed.fault->message);
  }
  if (scratch.tape.at(parsed.root).type != JsonType::object) {
    throw bad_row("not-an-object", "it is not a JSON object");
  }
  require_storable(scratch.tape, parsed.root);
  NewEntry entry;
  entry.table = options.table;
  entry.data = scratch.tape.at(parsed.root).raw;
  entry.tape = &scratch.tape;
  entry.root = parsed.root;
  entry.op = options.op;
  entry.key = options.key;
  entry.hash_fields.assign(options.hash_fields.begin(), options.hash_fields.end());
  entry.key_fields.assign(options.key_fields.begin(), options.key_fields.end());
  entry.metadata = options.metadata;
  entry.priority = options.priority;
  return entry;
}

// Members of a line that no drain reads, and that must not get lost on the way into the queue.
void Enqueuer::Impl::read_extras(std::string_view line, NewEntry& entry) {
  entry.priority = options.priority;
  if (line.find("\"metadata\"") == std::string_view::npos &&
      line.find("\"priority\"") == std::string_view::npos) {
    return;
  }
  JsonTape tape;
  const std::uint32_t root = tape.parse(line, 1).root;
  std::uint32_t node = root + 1;
  for (std::uint32_t i = 0; i < tape.at(root).child_count; ++i, node = tape.next_sibling(node)) {
    const JsonValue& member = tape.at(node);
    if (member.key == "metadata" && member.type != JsonType::null) {
      line_metadata = member.raw;
      entry.metadata = line_metadata;
    } else if (member.key == "priority" && member.type != JsonType::null && !options.priority) {
      if (member.type != JsonType::integer || member.integer < k_first_priority ||
          member.integer > k_last_priority) {
        throw bad_row("bad-field", "'priority' is not a number from 1 (first) to 10 (last)");
      }
      entry.priority = static_cast<int>(member.integer);
    }
  }
}

// A whole entry in any spelling a producer may use.
NewEntry Enqueuer::Impl::read_entry(std::string_view line) {
  if (!decode_line(scratch, line, 0, line.size() + 1, k_no_slice, origin)) {
    throw bad_row("blank", "the line is blank");
  }
  const Entry& read = scratch.entries.back();
  if (read.fault >= 0) {
    const Fault& fault = scratch.faults[static_cast<std::size_t>(read.fault)];
    throw bad_row(fault.code, fault.message);
  }
  NewEntry entry;
  if (read.is_sql()) {
    return entry;
  }
  require_storable(scratch.tape, read.data);
  entry.table = read.table;
  entry.origin = read.origin;
  entry.data = scratch.tape.at(read.data).raw;
  entry.tape = &scratch.tape;
  entry.root = read.data;
  entry.id = read.id;
  entry.key = read.key;
  entry.op = read.op;
  entry.hash_fields = strings_at(scratch.tape, read.hash_fields);
  entry.key_fields = strings_at(scratch.tape, read.key_fields);
  entry.not_before = read.not_before;
  read_extras(line, entry);
  return entry;
}

Enqueued Enqueuer::Impl::accept(NewEntry entry) {
  if (entry.origin.empty()) {
    entry.origin = origin;
  }
  const Placement placement = place(entry);
  const Instant now = context.clock.now();
  Enqueued result;
  result.id = entry.id.empty() ? (ids ? ids->next(now) : new_entry_id(now)) : std::string(entry.id);
  result.key = entry.key.empty() && options.keeps_outcome ? result.id : std::string(entry.key);
  result.table = entry.table;
  result.is_direct = options.direct || (placement == Placement::local && options.format.empty());
  entry.id = result.id;
  entry.key = result.key;
  entry.created_at = now;
  result.priority = entry.priority ? *entry.priority : default_priority(entry);
  if (options.delay) {
    entry.not_before = now + *options.delay;
  }
  const Lane lane{origin, result.priority};
  std::string* lines = nullptr;
  std::string database = placement == Placement::local
                             ? local_database_path(context.settings, origin)
                             : shared_database_path(context.settings);
  if (result.is_direct) {
    result.file = std::move(database);
    lines = &written[result.file];
  } else if (options.format == "dir") {
    entry.priority.reset(); // it stands before the line
    result.queue = context.settings.text("dir_queue.dir");
    lines = &files.add({result.priority, std::move(database), {}}).line;
  } else if (options.format == "table") {
    result.file = job_database_path(context.settings);
    result.queue = result.file;
    lines = &jobs.add(result.priority, entry.not_before);
    inserts.add(entry.origin, result.table);
  } else {
    result.queue = lane_file_name(lane);
    result.file = spool.active_path(lane);
    lines = &queued[lane];
    inserts.add(entry.origin, result.table);
  }
  const std::size_t before = lines->size();
  encoder.append(*lines, entry);
  gathered_bytes += lines->size() - before;
  return result;
}

// A whole entry of SQL: into the directory queue unless something else is asked for.
void Enqueuer::Impl::accept_sql(std::string_view line) {
  NewEntry extras;
  read_extras(line, extras);
  const Instant now = context.clock.now();
  std::string text = complete_sql_line(line, scratch.entries.back(), ids->next(now), now, origin);
  gathered_bytes += text.size();
  const int priority = extras.priority.value_or(k_default_priority);
  if (options.direct || !context.settings.boolean("dir_queue.enabled")) {
    written[sql_target(context, text)].append(text);
  } else if (options.format == "jsonl") {
    queued[Lane{origin, priority}].append(text);
  } else if (options.format == "table") {
    jobs.add(priority, scratch.entries.back().not_before) = std::move(text);
  } else {
    files.add({priority, {}, std::move(text)});
  }
}

// To the queue, or past it when the spool cannot take a line at all.
Outcomes Enqueuer::Impl::append(const Lane& lane, const std::string& lines, std::string& note) {
  std::unique_ptr<Appender>& appender = appenders[lane];
  if (!appender) {
    appender = std::make_unique<Appender>(context.fs, spool, lane);
  }
  std::string why;
  try {
    appender->append(lines, is_durable());
    return {};
  } catch (Error& error) {
    // Lines that may be in the spool must not be written directly too: they would be applied twice.
    if (error.code() == "append-unsynced" || error.code() == "append-torn" ||
        !context.settings.boolean("queue.fallback")) {
      throw;
    }
    why = error.message();
    note = fmt::format("written directly: {}", why);
  }
  try {
    return write_directly(context, {shared_database_path(context.settings), lines});
  } catch (Error& error) {
    throw std::move(error).within(why + ", nor write directly");
  }
}

void Enqueuer::gather(std::string_view line) {
  if (!m_impl->ids) {
    m_impl->ids.emplace();
  }
  m_impl->scratch.clear();
  if (!m_impl->options.table.empty()) {
    m_impl->accept(m_impl->read_row(line));
    return;
  }
  NewEntry entry = m_impl->read_entry(line);
  if (m_impl->scratch.entries.back().is_sql()) {
    m_impl->accept_sql(line);
  } else {
    m_impl->accept(std::move(entry));
  }
}

bool Enqueuer::is_full() const noexcept {
  return m_impl->gathered_bytes >= k_flush_bytes;
}

Flushed Enqueuer::flush() {
  Flushed flushed;
  const auto add = [&flushed](const Outcomes& outcomes) {
    flushed.duplicates += outcomes.duplicates;
    for (const Outcomes::Failure& failure : outcomes.failures) {
      flushed.failures.push_back(failure.fault);
    }
  };
  if (!m_impl->options.dry_run) {
    if (!m_impl->files.is_empty()) {
      GatheredFiles::Queued queued =
          m_impl->files.append(m_impl->context, m_impl->is_durable(), m_impl->written);
      flushed.file = std::move(queued.path);
      flushed.sequence = std::move(queued.sequence);
      flushed.note = std::move(queued.note);
    }
    if (!m_impl->jobs.is_empty()) {
      flushed.job = m_impl->jobs.append(m_impl->context, m_impl->is_durable());
    }
    for (const auto& [lane, lines] : m_impl->queued) {
      if (!lines.empty()) {
        add(m_impl->append(lane, lines, flushed.note));
      }
    }
    if (flushed.note.empty()) { // else they were written directly, which leaves its own trail
      m_impl->inserts.leave_trail();
    }
    for (const auto& [database, lines] : m_impl->written) {
      if (!lines.empty()) {
        const bool is_shared = database == shared_database_path(m_impl->context.settings);
        add(write_directly(m_impl->context,
                           {database, lines, is_shared ? Placement::shared : Placement::local}));
      }
    }
  }
  m_impl->forget_gathered();
  return flushed;
}

Enqueued Enqueuer::enqueue(std::string_view row) {
  m_impl->scratch.clear();
  Enqueued result = m_impl->accept(m_impl->read_row(row));
  const Flushed flushed = flush();
  if (!flushed.failures.empty()) {
    throw refused_row(result.file, flushed.failures.front());
  }
  result.is_duplicate = flushed.duplicates > 0;
  result.job = flushed.job;
  if (!flushed.file.empty()) {
    result.file = flushed.file;
    result.sequence = flushed.sequence;
  }
  if (!flushed.note.empty()) {
    result.note = flushed.note;
    result.is_direct = true;
    result.file = shared_database_path(m_impl->context.settings);
    result.queue.clear();
  }
  return result;
}

} // namespace menacedb
