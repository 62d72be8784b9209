#include "core/os/child_processes.hpp"

#include "core/os/blocked_signals.hpp"

#include <algorithm>

namespace menacedb {
namespace {

constexpr Duration k_longest = std::chrono::hours(24 * 365); // keeps deadlines from overflowing
constexpr std::size_t k_inputs_of_each = 3;

} // namespace

void ChildProcesses::start(std::int64_t id, const ChildCommand& command) {
  m_running.try_emplace(id, m_clock, command);
}

void ChildProcesses::stop(std::int64_t id) {
  if (const auto found = m_running.find(id); found != m_running.end()) {
    found->second.stop();
  }
}

void ChildProcesses::stop_all() {
  for (auto& [id, child] : m_running) {
    child.stop();
  }
}

// When the next one is.
Duration ChildProcesses::keep_deadlines() {
  Duration next = Duration::max();
  for (auto& [id, child] : m_running) {
    child.act();
    next = std::min(next, child.deadline());
  }
  return next;
}

// The inputs are those of the running ones, in their order.
std::vector<ChildProcesses::Ended> ChildProcesses::look(std::span<const pollfd> inputs) {
  std::vector<Ended> ended;
  std::size_t at = 0;
  for (auto child = m_running.begin(); child != m_running.end(); at += k_inputs_of_each) {
    if (inputs[at + 1].revents != 0) {
      child->second.read_output();
    }
    if (inputs[at + 2].revents != 0) {
      child->second.read_errors();
    }
    if (inputs[at].revents != 0) {
      ended.push_back({child->first, child->second.collect()});
      child = m_running.erase(child);
    } else {
      ++child;
    }
  }
  return ended;
}

std::vector<ChildProcesses::Ended> ChildProcesses::wait(Duration patience, const StopFlag& stop,
                                                        std::span<const int> others) {
  const BlockedSignals blocked;
  const Duration end = m_clock.monotonic() + std::min(patience, k_longest);
  for (;;) {
    const Duration next = std::min(keep_deadlines(), end);
    if (stop.is_requested()) {
      return {};
    }
    std::vector<pollfd> inputs;
    for (const auto& [id, child] : m_running) {
      inputs.push_back({child.end_descriptor(), POLLIN, 0});
      inputs.push_back({child.output_descriptor(), POLLIN, 0});
      inputs.push_back({child.errors_descriptor(), POLLIN, 0});
    }
    const std::size_t own = inputs.size();
    for (const int other : others) {
      inputs.push_back({other, POLLIN, 0});
    }
    const Duration now = m_clock.monotonic();
    const int count = blocked.wait(inputs, std::max(next - now, Duration::zero()));
    if (count < 0) {
      return {};
    }
    std::vector<Ended> ended = look(inputs);
    const bool is_called =
        std::any_of(inputs.begin() + static_cast<std::ptrdiff_t>(own), inputs.end(),
                    [](const pollfd& p) { return p.revents != 0; });
    if (!ended.empty() || is_called || m_clock.monotonic() >= end) {
      return ended;
    }
  }
}

} // namespace menacedb
