#include "core/engine/drain/drain_loop.hpp"

#include "core/base/error.hpp"

#include <algorithm>
#include <utility>

namespace menacedb {
namespace {

constexpr Duration k_busy_pause = std::chrono::milliseconds(500);
constexpr Duration k_first_pause = std::chrono::milliseconds(250);
constexpr Duration k_longest_pause = std::chrono::seconds(10);
constexpr unsigned k_most_doublings = 6;

// What drains write themselves wakes nobody.
bool is_arrival(std::string_view name) {
  return name != "queue.log.bak" && name != "queue.failed.jsonl" && !name.starts_with('.');
}

} // namespace

DrainLoop::DrainLoop(const Context& context, const Router& router, DrainsOptions options)
    : m_context(context),
      m_router(router),
      m_options(std::move(options)),
      m_arrivals(arrival_directories(m_options), is_arrival) {
  if (m_options.table) {
    m_rows.emplace(m_context.clock, m_options.table->database);
  }
}

PassReport DrainLoop::turn() {
  PassReport report;
  m_is_look |= m_rows && m_rows->is_look_due(m_context.stop);
  bool is_settled = false;
  try {
    if (m_drains && m_drains->has_moved()) {
      m_drains.reset(); // a commit to a file that lost its name would be lost, too
    }
    if (!m_drains) {
      m_drains = std::make_unique<Drains>(m_context, m_router, m_options);
    }
    m_has_opened = true;
    is_settled = m_is_look && !m_drains->has_unfinished_write(); // before the pass looks
    report = m_drains->pass();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::busy) {
      report.got_no_turn = true;
      report.busy_reason = error.message();
    } else {
      report.fault = error;
    }
  }
  note(report);
  if (std::exchange(m_is_look, false)) { // our own commits are changes, too
    m_rows->note(report.queues.contains(m_options.table->database), is_settled);
  }
  return report;
}

void DrainLoop::note(const PassReport& report) {
  m_got_no_turn = report.got_no_turn;
  m_faults = report.fault ? m_faults + 1 : 0;
  if (report.fault) {
    m_drains.reset(); // opened anew, it may see what was repaired
    const Duration pause = k_first_pause * (1U << std::min(m_faults, k_most_doublings));
    m_retry_after = m_context.clock.monotonic() + std::min(pause, k_longest_pause);
  }
}

std::optional<Duration> DrainLoop::next_due() {
  try {
    return m_drains ? m_drains->next_due() : std::nullopt;
  } catch (const Error&) {
    return k_busy_pause; // the next pass will say what is wrong
  }
}

bool DrainLoop::wait(Duration most, std::span<Watcher* const> others) {
  if (m_faults > 0) {
    return wait_after_fault(most, others);
  }
  const Duration begin = m_context.clock.monotonic();
  const Duration last = begin + most;
  Duration due_at = begin + next_due().value_or(Duration::max() - begin);
  if (m_got_no_turn) {
    due_at = std::min(due_at, begin + k_busy_pause);
  }
  for (;;) {
    const Duration end = std::min({last, due_at, m_rows ? m_rows->next_look() : last});
    std::vector<Watcher*> watchers(others.begin(), others.end());
    watchers.insert(watchers.end(), {&m_arrivals, m_rows ? m_rows->files() : nullptr});
    const bool has_news = sleep(std::move(watchers), end - m_context.clock.monotonic());
    const Duration now = m_context.clock.monotonic();
    const bool has_signal = !has_news && now < end;
    if (is_due(due_at) || has_signal) {
      return true;
    }
    if (has_news || now >= last) {
      return false;
    } // else it was time to watch again for rows, in vain
  }
}

// Producers that go on must not keep us trying without a pause.
bool DrainLoop::wait_after_fault(Duration most, std::span<Watcher* const> others) {
  const Duration pause = m_retry_after - m_context.clock.monotonic();
  static_cast<void>(sleep({others.begin(), others.end()}, std::min(most, pause)));
  return m_context.stop.is_requested() || m_context.clock.monotonic() >= m_retry_after;
}

bool DrainLoop::is_due(Duration due_at) {
  const bool has_arrivals = m_arrivals.take();
  m_is_look |= m_rows && m_rows->is_look_due(m_context.stop);
  return has_arrivals || m_is_look || m_got_no_turn || m_context.stop.is_requested() ||
         m_context.clock.monotonic() >= due_at;
}

bool DrainLoop::sleep(std::vector<Watcher*> watchers, Duration patience) {
  std::erase(watchers, nullptr);
  return Watcher::wait_any(watchers, std::max(patience, Duration::zero()), m_context.stop);
}

} // namespace menacedb
