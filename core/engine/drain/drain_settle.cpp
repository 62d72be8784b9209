#include "core/engine/drain/access_fold.hpp"
#include "core/engine/drain/drain_parts.hpp"
#include "core/engine/turn.hpp"

#include <algorithm>

namespace menacedb {
namespace {

constexpr Bytes k_count_bytes = 64u << 20; // what is left is counted exactly up to this much text
constexpr Bytes k_hasty_count_bytes = 1u << 20; // when somebody waits for the pass to end
constexpr Duration k_settle_pause = std::chrono::milliseconds(1100); // a segment rests for a second

} // namespace

// What a crash or a busy file left undone by earlier passes, and what this one decided.
void Drain::carry_out(PassReport& report) {
  m_forward->deliver(report);
  for (const auto& spooled : m_spools) {
    (void)spooled->exporter.run(); // of an earlier drain: counted as failed there
    const Turn turn(m_context, spooled->queue.spool().drain_lock_path(), m_options.lock_patience);
    fold(spooled->queue.sweep(m_store->ledger()));
    fold_accesses(m_context, spooled->queue.spool(), *m_store);
    if (!spooled->has_folded_lost) { // archived by a drain that died before it could say so
      const std::optional<std::string> spool = spooled->queue.spool().id();
      fold(spooled->queue.without_file(spool ? m_store->ledger().under_way(*spool)
                                             : std::vector<SegmentId>()));
      spooled->has_folded_lost = true;
    }
  }
}

void Drain::fold(const std::vector<SegmentId>& settled) {
  if (!settled.empty()) {
    m_store->fold(settled);
    m_context.fs.reached(Step::settle_folded);
  }
}

void Drain::count_remaining(PassReport& report) {
  report.remaining = m_store->deferred().count() + m_store->outbox().count();
  if (m_options.decides_in_place && is_dry(report)) {
    return; // opening every lane after each trickle would cost more than the trickle
  }
  const Bytes most = m_context.stop.is_requested() ? k_hasty_count_bytes : k_count_bytes;
  for (const auto& spooled : m_spools) {
    const QueueScan scan = spooled->queue.scan(m_store->ledger(), most);
    for (const QueueCount& count : scan.queues) {
      report.remaining += count.pending;
      report.is_remaining_approximate |= count.is_approximate;
    }
  }
}

// Whether the pass went on until no lane had a whole line left.
bool Drain::is_dry(const PassReport& report) const {
  return !report.got_no_turn && !m_options.limit && m_options.table.empty() &&
         !m_context.stop.is_requested() &&
         std::none_of(m_spools.begin(), m_spools.end(),
                      [](const auto& spooled) { return spooled->queue.held_back().has_value(); });
}

std::optional<Duration> Drain::next_due() {
  if (m_is_at_limit) {
    return Duration::zero();
  }
  std::optional<Duration> due;
  for (const auto& spooled : m_spools) {
    if (const std::optional<Duration> held = spooled->queue.held_back()) {
      due = std::min(due.value_or(*held), *held);
    }
  }
  if (const std::optional<Instant> next = m_store->deferred().next_due()) {
    const Duration wait = std::max(Duration::zero(), *next - m_context.clock.now());
    due = std::min(due.value_or(wait), wait);
  }
  const bool has_unsettled = std::any_of(m_spools.begin(), m_spools.end(), [](const auto& spooled) {
    return !spooled->queue.spool().sealed().empty();
  });
  if (has_unsettled) {
    due = std::min(due.value_or(k_settle_pause), k_settle_pause);
  }
  return due;
}

} // namespace menacedb
