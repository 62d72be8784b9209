#include "core/engine/long_read.hpp"

#include "core/db/interrupt.hpp"
#include "core/os/process.hpp"

namespace menacedb {
namespace {

constexpr auto k_interval = std::chrono::milliseconds(100);

} // namespace

LongRead::LongRead(const Database& database, const StopFlag& stop,
                   std::function<void(Bytes)> progress)
    : m_database(database),
      m_stop(stop),
      m_progress(std::move(progress)),
      m_first(bytes_read_by_us()),
      m_thread([this](const std::stop_token& end) { watch(end); }) {}

LongRead::~LongRead() = default; // the thread is asked to end, and waited for

void LongRead::watch(const std::stop_token& end) {
  std::unique_lock lock(m_mutex);
  while (!m_ended.wait_for(lock, end, k_interval, [&] { return end.stop_requested(); })) {
    if (m_stop.is_requested()) {
      interrupt(m_database);
    } else if (m_progress) {
      m_progress(bytes_read_by_us() - m_first);
    }
  }
}

} // namespace menacedb
