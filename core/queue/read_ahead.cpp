#include "core/queue/read_ahead.hpp"

#include <utility>

namespace menacedb {

namespace {

constexpr int k_longest_chain = 8;
constexpr Bytes k_worth_a_thread = 128u << 10; // of text behind the batch in hand

} // namespace

ReadAhead::ReadAhead(Fs& fs, Bytes max_line) : m_fs(fs), m_max_line(max_line), m_reader(fs) {}

void ReadAhead::stop_chain() {
  m_chain = 0;
  m_source.reset();
}

bool ReadAhead::is_source(const Slice& slice) const {
  return m_source && m_source->segment == slice.segment && m_chain > 0;
}

bool ReadAhead::open_source(const Slice& slice) {
  m_source.reset();
  std::optional<Fd> file = m_fs.open_if_exists(slice.path, {});
  if (!file) {
    return false;
  }
  OpenSegment source;
  source.segment = slice.segment;
  source.lane = slice.lane;
  source.path = slice.path;
  source.is_sealed = true;
  source.file = std::move(*file);
  m_source = std::move(source);
  return true;
}

// All that is in the file by now: no commit may name bytes that a power cut takes away.
std::optional<Error> ReadAhead::sync_source() {
  m_synced = m_fs.stat(m_source->file).size;
  try {
    m_fs.sync_data(m_source->file);
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

std::optional<Error> ReadAhead::start(const Batch& current, const ClaimLimits& limits) {
  const bool is_large_segment = current.slices.size() == 1 && current.slices.front().is_sealed;
  if (!is_large_segment || m_chain >= k_longest_chain) {
    stop_chain();
    return std::nullopt;
  }
  const Slice& slice = current.slices.front();
  if (!is_source(slice)) {
    std::optional<Error> failure = open_source(slice) ? sync_source() : std::nullopt;
    if (!m_source || failure) {
      stop_chain();
      return failure;
    }
  }
  if (slice.end + k_worth_a_thread > m_synced) {
    stop_chain();
    return std::nullopt;
  }
  m_position = {slice.end, slice.digest_after, false};
  m_limits = limits;
  ++m_chain;
  if (!m_thread.joinable()) {
    m_thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  const std::lock_guard lock(m_mutex);
  m_state = State::reading;
  m_has_changed.notify_all();
  return std::nullopt;
}

void ReadAhead::run(const std::stop_token& stop) {
  std::unique_lock lock(m_mutex);
  while (m_has_changed.wait(lock, stop, [this] { return m_state == State::reading; })) {
    lock.unlock();
    std::exception_ptr failure;
    try {
      read();
    } catch (...) { // goes on in take(), on the caller's thread
      failure = std::current_exception();
    }
    lock.lock();
    m_failure = std::move(failure);
    m_state = State::done;
    m_has_changed.notify_all();
  }
}

void ReadAhead::read() {
  m_reader.recycle(m_next);
  m_next.clear();
  const ReadEnd end = m_reader.read(*m_source, m_position,
                                    {.room = m_limits.bytes,
                                     .most_entries = m_limits.entries,
                                     .max_line = m_max_line,
                                     .table = m_limits.table,
                                     .is_final = {}},
                                    m_next);
  const bool is_safe =
      end != ReadEnd::rewritten && !m_next.slices.empty() && m_next.slices.front().end <= m_synced;
  if (!is_safe) {
    m_next.clear();
  }
}

void ReadAhead::await_reading() {
  std::unique_lock lock(m_mutex);
  m_has_changed.wait(lock, [this] { return m_state != State::reading; });
}

bool ReadAhead::take(Batch& batch) {
  await_reading();
  const std::lock_guard lock(m_mutex);
  if (m_state == State::idle) {
    return false;
  }
  m_state = State::idle;
  if (m_failure) {
    stop_chain();
    std::rethrow_exception(std::exchange(m_failure, nullptr));
  }
  if (m_next.slices.empty()) {
    stop_chain();
    return false;
  }
  std::swap(batch, m_next);
  return true;
}

bool ReadAhead::is_under_way() {
  const std::lock_guard lock(m_mutex);
  return m_state != State::idle;
}

void ReadAhead::cancel() {
  await_reading();
  const std::lock_guard lock(m_mutex);
  m_state = State::idle;
  m_failure = nullptr;
  stop_chain();
}

} // namespace menacedb
