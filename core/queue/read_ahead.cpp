#include "core/queue/read_ahead.hpp"

#include <utility>

namespace menacedb {

namespace {

constexpr int k_longest_chain = 8;
constexpr Bytes k_worth_a_thread = 128u << 10; // of text behind the batch in hand

} // namespace

ReadAhead::ReadAhead(Fs& fs, Bytes max_line) : m_fs(fs), m_max_line(max_line), m_reader(fs) {}

void ReadAhead::start(const Batch& current, const ClaimLimits& limits) {
  if (current.slices.size() != 1 || !current.slices.front().is_sealed ||
      m_chain >= k_longest_chain) {
    m_chain = 0;
    m_source.reset();
    return;
  }
  const Slice& slice = current.slices.front();
  if (!m_source || m_source->segment != slice.segment || m_chain == 0) {
    std::optional<Fd> file = m_fs.open_if_exists(slice.path, {});
    if (!file) {
      return;
    }
    m_source = OpenSegment{slice.segment, slice.lane, slice.path, true, std::move(*file)};
    m_synced = m_fs.stat(m_source->file).size;
    m_fs.sync_data(m_source->file); // no commit may name bytes that a power cut takes away
  }
  if (slice.end + k_worth_a_thread > m_synced) {
    m_chain = 0;
    m_source.reset();
    return;
  }
  m_position = {slice.end, slice.digest_after, false};
  ++m_chain;
  m_reading = std::async(std::launch::async, [this, limits] { read(limits); });
}

void ReadAhead::read(const ClaimLimits& limits) {
  m_reader.recycle(m_next);
  m_next.clear();
  const ReadEnd end = m_reader.read(*m_source, m_position,
                                    {.room = limits.bytes,
                                     .most_entries = limits.entries,
                                     .max_line = m_max_line,
                                     .table = limits.table,
                                     .is_final = {}},
                                    m_next);
  const bool is_safe =
      end != ReadEnd::rewritten && !m_next.slices.empty() && m_next.slices.front().end <= m_synced;
  if (!is_safe) {
    m_next.clear();
  }
}

bool ReadAhead::take(Batch& batch) {
  if (!m_reading.valid()) {
    return false;
  }
  m_reading.get(); // throws what the reading threw
  if (m_next.slices.empty()) {
    m_chain = 0;
    return false;
  }
  std::swap(batch, m_next);
  return true;
}

void ReadAhead::cancel() {
  if (m_reading.valid()) {
    m_reading.wait();
    m_reading = {};
  }
  m_chain = 0;
  m_source.reset();
}

} // namespace menacedb
