#pragma once

#include "core/base/time.hpp"
#include "core/model/latency.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// What came and went in a stretch of time.
struct FlowSlot {
  std::int64_t number = 0;    // of the stretch, since 1970
  std::uint64_t enqueued = 0; // in this stretch, and decided by now
  std::uint64_t applied = 0;  // in this stretch

  friend bool operator==(const FlowSlot&, const FlowSlot&) = default;
};

// The same for the stretches of a window up to now, oldest first; others are forgotten.
class FlowWindow {
public:
  FlowWindow(Duration slot, Duration length) : m_slot(slot), m_length(length) {}

  void add(Instant when, std::uint64_t enqueued, std::uint64_t applied);
  void add(const FlowSlot& slot);
  void forget_others(Instant now); // also what lies in the future: the clock was set back
  void merge(const FlowWindow& other);

  [[nodiscard]] const std::vector<FlowSlot>& slots() const noexcept { return m_slots; }
  [[nodiscard]] Duration slot() const noexcept { return m_slot; }
  // Of the stretches that lie in the window that ends now.
  [[nodiscard]] FlowSlot sum(Instant now) const;
  // How long these are: the window, and what has passed of the stretch that it begins in.
  [[nodiscard]] Duration covered(Instant now) const;

private:
  [[nodiscard]] std::int64_t number_of(Instant when) const;
  [[nodiscard]] std::int64_t first_number(Instant now) const;

  Duration m_slot;
  Duration m_length;
  std::vector<FlowSlot> m_slots;
};

// How entries went through the queues of a home store: how long it took from enqueuing to applying,
// and how many a second. Entries without a time, and those from the future, have no latency.
struct Flow {
  LatencyHistogram latency;
  std::uint64_t untimed = 0; // applied, but nothing tells when they were enqueued
  std::uint64_t ahead = 0;   // applied before they were enqueued, says the clock
  FlowWindow minute{std::chrono::seconds(5), std::chrono::minutes(1)};
  FlowWindow hour{std::chrono::minutes(1), std::chrono::hours(1)};

  void merge(const Flow& other);
};

// Gathers the flow of one batch, whose entries are applied at one moment; a few nanoseconds each.
class FlowBatch {
public:
  explicit FlowBatch(Instant now) : m_now(now) {}

  void add(const std::optional<Instant>& enqueued_at) {
    ++m_applied;
    if (!enqueued_at) {
      ++m_flow.untimed;
    } else if (*enqueued_at > m_now) {
      ++m_flow.ahead;
    } else {
      m_flow.latency.add(m_now - *enqueued_at);
      count_enqueued(*enqueued_at);
    }
  }
  // One that came, and could not be applied.
  void add_failed(const std::optional<Instant>& enqueued_at) {
    if (enqueued_at && *enqueued_at <= m_now) {
      count_enqueued(*enqueued_at);
    }
  }
  [[nodiscard]] Flow take();

private:
  void count_enqueued(Instant when) {
    if (when < m_run_begin || when >= m_run_end) {
      begin_run(when);
    }
    ++m_run;
  }
  void begin_run(Instant first);
  void end_run();

  Instant m_now;
  Flow m_flow;
  std::uint64_t m_applied = 0;
  // Neighbours mostly come from the same stretch of time.
  Instant m_run_begin;
  Instant m_run_end;
  std::uint64_t m_run = 0;
};

// In a few hundred bytes.
[[nodiscard]] std::string encode_flow(const Flow& flow);
[[nodiscard]] Flow decode_flow(std::string_view bytes); // empty where it cannot be read

} // namespace menacedb
