#include "core/engine/drain_loop.hpp"

#include "core/base/error.hpp"

#include <algorithm>

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
  const bool is_look = m_rows && m_rows->is_look_due(m_context.stop);
  try {
    if (m_drains && m_drains->has_moved()) {
      m_drains.reset(); // a commit to a file that lost its name would be lost, too
    }
    if (!m_drains) {
      m_drains = std::make_unique<Drains>(m_context, m_router, m_options);
    }
    m_has_opened = true;
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
  if (is_look) { // our own commits are changes, too
    m_rows->note(report.queues.contains(m_options.table->database));
  }
  return report;
}

void DrainLoop::note(const PassReport& report) {
  m_got_no_turn = report.got_no_turn;
  m_faults = report.fault ? m_faults + 1 : 0;
  if (report.fault) {
    m_drains.reset(); // opened anew, it may see what was repaired
  }
}

std::optional<Duration> DrainLoop::next_due() {
  try {
    return m_drains ? m_drains->next_due() : std::nullopt;
  } catch (const Error&) {
    return k_busy_pause; // the next pass will say what is wrong
  }
}

void DrainLoop::wait(Duration most, Watcher* also) {
  if (m_faults > 0) { // producers that go on must not keep us trying without a pause
    const Duration pause = k_first_pause * (1U << std::min(m_faults, k_most_doublings));
    sleep({also}, std::min({most, pause, k_longest_pause}));
    return;
  }
  Duration patience = std::min(most, next_due().value_or(most));
  if (m_got_no_turn) {
    patience = std::min(patience, k_busy_pause);
  }
  if (m_rows && m_rows->next_look() != Duration::max()) {
    patience = std::min(patience, m_rows->next_look() - m_context.clock.monotonic());
  }
  sleep({&m_arrivals, also, m_rows ? m_rows->files() : nullptr},
        std::max(patience, Duration::zero()));
  static_cast<void>(m_arrivals.take());
}

void DrainLoop::sleep(std::vector<Watcher*> watchers, Duration patience) {
  std::erase(watchers, nullptr);
  static_cast<void>(Watcher::wait_any(watchers, patience, m_context.stop));
}

} // namespace menacedb
