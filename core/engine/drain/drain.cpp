#include "core/engine/drain/drain.hpp"

#include "core/engine/database_options.hpp"
#include "core/engine/drain/drain_parts.hpp"
#include "core/engine/drain/forward.hpp"
#include "core/engine/row_rule.hpp"
#include "core/engine/store_in_place.hpp"
#include "core/engine/table_policy.hpp"
#include "core/engine/turn.hpp"
#include "core/queue/codec.hpp"
#include "core/queue/preview.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace menacedb {
namespace {

constexpr std::size_t k_due_per_batch = 1000;
constexpr std::uint64_t k_unlimited = std::numeric_limits<std::uint64_t>::max();

SqliteStoreOptions store_options(const Context& context, const DrainOptions& options) {
  const std::string& path =
      options.rehearsal_database.empty() ? options.database : options.rehearsal_database;
  SqliteStoreOptions store = table_store_options(context.settings, path);
  // A rehearsal's database stands for the real one, wherever it lies.
  store.row_rule = row_rule(context.settings, options.database, options.takes_any_table);
  if (store.lock_patience > Duration::zero()) { // else the mode forbids to wait
    store.lock_patience = options.lock_patience;
  }
  store.generation = options.generation;
  store.busy_timeout = options.busy_timeout.value_or(store.busy_timeout);
  return store;
}

} // namespace

Drain::Drain(const Context& context, const Router& router, DrainOptions options)
    : m_context(context),
      m_options(std::move(options)),
      m_store(std::make_unique<SqliteStore>(context.fs, context.clock, context.log, context.stop,
                                            store_options(context, m_options))),
      m_audit(context),
      m_pace(context.clock, context.settings.duration("sync.max_write_lock"),
             context.settings.bytes("sync.batch_bytes")) {
  Destinations::Options destinations;
  destinations.home_path = real_database_path(m_options.database);
  destinations.takes_any_table = m_options.takes_any_table;
  destinations.has_table = [this](std::string_view table) { return m_store->has_table(table); };
  destinations.hooks = m_options.hooks;
  m_destinations = std::make_unique<Destinations>(context, router, destinations);

  JsonlQueueOptions queue;
  queue.max_line = context.settings.bytes("queue.max_line");
  queue.flat_archive = context.settings.boolean("queue.flat_archive");
  m_forward = std::make_unique<Forward>(context, *m_store, m_options.lock_patience);
  queue.in_place_below = m_options.decides_in_place ? 1u << 20 : 0;
  for (const std::string& directory : m_options.queue_directories) {
    if (!m_options.is_rehearsal) {
      context.fs.make_directories(directory);
    }
    m_spools.push_back(
        std::make_unique<Spooled>(context, directory, queue, *m_store, m_options.hooks));
  }
}

Drain::~Drain() = default;

PassReport Drain::pass() {
  PassReport report;
  const Duration started = m_context.clock.monotonic();
  m_destinations->forget();
  m_failed_sync.reset();
  try {
    drain_spools(report);
    carry_out(report);
    report.fault = m_failed_sync;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::busy) {
      report.got_no_turn = true; // nobody's fault: what is queued stays queued (invariant 5)
      const Error told = explain_mode(m_context.settings, error);
      report.busy_reason = told.message();
      report.busy_hint = told.hint();
    } else {
      report.fault = error;
    }
  }
  try {
    count_remaining(report);
  } catch (const Error& error) {
    report.is_remaining_approximate = true;
    report.fault = report.fault ? report.fault : error;
  }
  report.elapsed = m_context.clock.monotonic() - started;
  return report;
}

PassReport Drain::rehearse() {
  PassReport report;
  const Duration started = m_context.clock.monotonic();
  std::uint64_t allowed = m_options.limit.value_or(k_unlimited);
  for (const std::string& directory : m_options.queue_directories) {
    Preview preview(m_context.fs, m_context.clock, directory, m_store->ledger(),
                    m_context.settings.bytes("queue.max_line"));
    while (allowed > 0 && !m_context.stop.is_requested()) {
      preview.read(m_pace.batch_bytes(), allowed, m_options.table, m_batch);
      if (m_batch.is_empty()) {
        break;
      }
      m_batch.is_rehearsal = true;
      m_destinations->assign(m_batch);
      const Applied applied = m_store->apply(m_batch);
      report.count(m_batch, applied.outcomes);
      report.applied += applied.outcomes.forwarded;
      allowed -= std::min<std::uint64_t>(allowed, m_batch.entries.size());
    }
  }
  count_remaining(report);
  const std::uint64_t decided = report.applied + report.duplicates + report.failed;
  report.remaining -= std::min(report.remaining, decided);
  report.elapsed = m_context.clock.monotonic() - started;
  return report;
}

void Drain::drain_spools(PassReport& report) {
  std::uint64_t allowed = m_options.limit.value_or(k_unlimited);
  for (const auto& spooled : m_spools) {
    while (allowed > 0 && !m_context.stop.is_requested() && step(*spooled, report, allowed)) {
    }
  }
  m_is_at_limit = allowed == 0;
}

// One transaction under the drain's lock. False when nothing is left to decide.
bool Drain::step(Spooled& spooled, PassReport& report, std::uint64_t& allowed) {
  m_pace.rest();
  const Turn turn(m_context, spooled.queue.spool().drain_lock_path(), m_options.lock_patience);
  ClaimLimits limits;
  limits.bytes = m_pace.batch_bytes();
  limits.entries = allowed;
  limits.table = m_options.table;
  if (!spooled.ahead.take(m_batch)) {
    spooled.queue.claim(m_store->ledger(), limits, m_batch);
    add_due_entries(allowed);
  }
  if (m_batch.is_empty()) {
    return false;
  }
  if (!m_batch.slices.empty()) {
    spooled.exporter.note_spool(m_batch.slices.front().segment.spool);
  }
  if (!m_options.limit) { // else what may still be read depends on what is decided now
    read_ahead(spooled, limits);
  }
  const bool is_group = !m_options.hooks && spooled.ahead.is_under_way() && m_pace.may_group();
  const std::optional<Decided> decided = is_group ? decide_group(spooled, limits) : decide(spooled);
  if (!decided) {
    return true; // the next claim sees what the ledger says by now
  }
  expect_in_place(*m_store);
  m_pace.note(decided->bytes, decided->held, m_store->database().data_version());
  spooled.queue.settle(is_group ? decided->whole : m_batch, {});
  report.add(decided->counts);
  m_audit.write();
  allowed -= std::min(allowed, decided->entries);
  if (decided->counts.failed > 0) {
    for (const auto& [queue, counts] : spooled.exporter.run().queues) {
      report.take_back(queue, counts.all());
      report.deferred += counts.retried;
      report.dropped += counts.dropped;
    }
  }
  if (decided->has_forwarded) {
    m_forward->deliver(report);
  }
  m_store->checkpoint_if_large();
  if (m_options.on_progress) {
    m_options.on_progress();
  }
  return true;
}

std::optional<Drain::Decided> Drain::decide(Spooled& spooled) {
  try {
    m_destinations->assign(m_batch);
    const Applied applied = m_store->apply(m_batch);
    if (!applied.has_won) {
      spooled.ahead.cancel();
      return std::nullopt;
    }
    Decided decided;
    decided.add(m_batch, applied.outcomes);
    decided.held = applied.held;
    m_audit.gather(m_batch, applied.outcomes);
    return decided;
  } catch (...) {
    spooled.ahead.cancel();
    throw;
  }
}

// The batch in hand and those read ahead behind it, when no hook may have a say. Their bytes are on
// the disk already, so nothing slow happens in the transaction. Whatever goes wrong rolls all of it
// back; the next transactions then take one batch each, and know what to do in each case.
std::optional<Drain::Decided> Drain::decide_group(Spooled& spooled, const ClaimLimits& limits) {
  Decided decided;
  try {
    SqliteStore::Group group(*m_store);
    if (fill_group(spooled, limits, group, decided)) {
      group.commit();
      decided.held = group.held();
      return decided;
    }
    spooled.ahead.cancel();
    m_audit.forget();
  } catch (const Error&) {
    spooled.ahead.cancel();
    m_audit.forget();
    if (decided.entries == 0) {
      throw; // as if the batch had been alone
    }
  }
  m_pace.note_lost_group();
  return std::nullopt;
}

// False: the group is lost.
bool Drain::fill_group(Spooled& spooled, const ClaimLimits& limits, SqliteStore::Group& group,
                       Decided& decided) {
  for (;;) {
    m_destinations->assign(m_batch);
    const Applied applied = group.apply(m_batch);
    if (!applied.has_won) {
      return false;
    }
    decided.add(m_batch, applied.outcomes);
    m_audit.gather(m_batch, applied.outcomes);
    const bool may_go_on =
        !m_context.stop.is_requested() && m_pace.may_join(decided.bytes, group.held());
    if (!may_go_on || !spooled.ahead.take(m_batch)) {
      return true;
    }
    read_ahead(spooled, limits);
  }
}

// The bytes in hand are on the disk; those that follow may be lost, so their lane ends here, and
// the others go on.
void Drain::read_ahead(Spooled& spooled, const ClaimLimits& limits) {
  if (std::optional<Error> failure = spooled.ahead.start(m_batch, limits)) {
    const Slice& slice = m_batch.slices.front();
    spooled.queue.give_up(slice.lane, slice.path, failure->message());
    m_failed_sync = std::move(failure);
  }
}

// Deferred entries whose time has come join the batch behind what was just claimed.
void Drain::add_due_entries(std::uint64_t allowed) {
  const std::uint64_t room = allowed - std::min<std::uint64_t>(allowed, m_batch.entries.size());
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(room, k_due_per_batch));
  if (most == 0) {
    return;
  }
  for (DeferredRow& row :
       m_store->deferred().due(m_context.clock.now(), most, m_pace.batch_bytes())) {
    m_batch.texts.push_back(std::make_unique<std::string>(std::move(row.origin)));
    const std::string& origin = *m_batch.texts.back();
    m_batch.texts.push_back(std::make_unique<std::string>(std::move(row.line)));
    const std::string& line = *m_batch.texts.back();
    decode_line(m_batch, line, row.place.offset, line.size() + 1, k_no_slice, origin);
    Entry& entry = m_batch.entries.back();
    entry.deferred_row = row.id;
    entry.not_before.reset();
    entry.attempts = static_cast<std::uint32_t>(row.attempts);
  }
}

} // namespace menacedb
