#include "core/store/flow.hpp"

#include <algorithm>

namespace menacedb {
namespace {

constexpr char k_version = 1;

void put(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

// Reads what put() wrote; zeros behind the end.
class Bits {
public:
  explicit Bits(std::string_view bytes) : m_rest(bytes) {}

  std::uint64_t take() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; !m_rest.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(m_rest.front());
      m_rest.remove_prefix(1);
      value |= shift < 64 ? std::uint64_t{byte & 0x7fU} << shift : 0;
      if (byte < 0x80) {
        return value;
      }
    }
    m_is_cut = true;
    return 0;
  }
  [[nodiscard]] bool is_cut() const noexcept { return m_is_cut; }

private:
  std::string_view m_rest;
  bool m_is_cut = false;
};

void put_window(std::string& out, const FlowWindow& window) {
  put(out, window.slots().size());
  std::int64_t last = 0;
  for (const FlowSlot& slot : window.slots()) {
    put(out, static_cast<std::uint64_t>(slot.number - last));
    put(out, slot.enqueued);
    put(out, slot.applied);
    last = slot.number;
  }
}

void take_window(Bits& bits, FlowWindow& window) {
  std::int64_t last = 0;
  for (std::uint64_t i = bits.take(); i > 0 && !bits.is_cut(); --i) {
    FlowSlot slot;
    last += static_cast<std::int64_t>(bits.take());
    slot.number = last;
    slot.enqueued = bits.take();
    slot.applied = bits.take();
    window.add(slot);
  }
}

} // namespace

std::int64_t FlowWindow::number_of(Instant when) const {
  return when.time_since_epoch() / m_slot;
}

std::int64_t FlowWindow::first_number(Instant now) const {
  return number_of(now - m_length);
}

// Neighbours mostly share theirs, and most are the newest.
void FlowWindow::add(const FlowSlot& slot) {
  auto place = m_slots.end();
  while (place != m_slots.begin() && std::prev(place)->number >= slot.number) {
    --place;
  }
  if (place == m_slots.end() || place->number != slot.number) {
    m_slots.insert(place, slot);
    return;
  }
  place->enqueued += slot.enqueued;
  place->applied += slot.applied;
}

void FlowWindow::add(Instant when, std::uint64_t enqueued, std::uint64_t applied) {
  add({number_of(when), enqueued, applied});
}

void FlowWindow::forget_others(Instant now) {
  const std::int64_t first = first_number(now);
  const std::int64_t last = number_of(now);
  std::erase_if(m_slots,
                [&](const FlowSlot& slot) { return slot.number < first || slot.number > last; });
}

void FlowWindow::merge(const FlowWindow& other) {
  for (const FlowSlot& slot : other.m_slots) {
    add(slot);
  }
}

FlowSlot FlowWindow::sum(Instant now) const {
  FlowSlot sum{first_number(now), 0, 0};
  for (const FlowSlot& slot : m_slots) {
    if (slot.number >= sum.number && slot.number <= number_of(now)) {
      sum.enqueued += slot.enqueued;
      sum.applied += slot.applied;
    }
  }
  return sum;
}

Duration FlowWindow::covered(Instant now) const {
  return now.time_since_epoch() - first_number(now) * m_slot;
}

void FlowBatch::begin_run(Instant first) {
  end_run();
  const Duration slot = m_flow.minute.slot();
  m_run_begin = Instant(first.time_since_epoch() / slot * slot);
  m_run_end = m_run_begin + slot;
}

void FlowBatch::end_run() {
  if (m_run > 0) {
    m_flow.minute.add(m_run_begin, m_run, 0);
    m_flow.hour.add(m_run_begin, m_run, 0);
    m_flow.minute.forget_others(m_now);
    m_flow.hour.forget_others(m_now);
  }
  m_run = 0;
}

Flow FlowBatch::take() {
  end_run();
  if (m_applied > 0) {
    m_flow.minute.add(m_now, 0, m_applied);
    m_flow.hour.add(m_now, 0, m_applied);
  }
  m_applied = 0;
  return std::move(m_flow);
}

void Flow::merge(const Flow& other) {
  latency.merge(other.latency);
  untimed += other.untimed;
  ahead += other.ahead;
  minute.merge(other.minute);
  hour.merge(other.hour);
}

std::string encode_flow(const Flow& flow) {
  std::string out(1, k_version);
  put(out, flow.untimed);
  put(out, flow.ahead);
  put(out, static_cast<std::uint64_t>(flow.latency.total().count()));
  std::size_t last = 0;
  for (std::size_t i = 0; i < LatencyHistogram::k_buckets; ++i) {
    if (flow.latency.count(i) > 0) {
      put(out, i - last + 1);
      put(out, flow.latency.count(i));
      last = i;
    }
  }
  put(out, 0);
  put_window(out, flow.minute);
  put_window(out, flow.hour);
  return out;
}

Flow decode_flow(std::string_view bytes) {
  if (bytes.empty() || bytes.front() != k_version) {
    return {};
  }
  Flow flow;
  Bits bits(bytes.substr(1));
  flow.untimed = bits.take();
  flow.ahead = bits.take();
  flow.latency.add_total(Duration(static_cast<std::int64_t>(bits.take())));
  std::size_t bucket = 0;
  for (std::uint64_t step = bits.take(); step > 0; step = bits.take()) {
    bucket += step - 1;
    flow.latency.add_bucket(bucket, bits.take());
  }
  take_window(bits, flow.minute);
  take_window(bits, flow.hour);
  return bits.is_cut() ? Flow() : std::move(flow);
}

} // namespace menacedb
