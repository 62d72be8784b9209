#include "core/queue/background_writer.hpp"

#include <utility>

namespace menacedb {

namespace {

constexpr std::size_t k_most_waiting = 4u << 20;

} // namespace

BackgroundWriter::BackgroundWriter(std::function<void(std::string_view)> write)
    : m_write(std::move(write)) {}

BackgroundWriter::~BackgroundWriter() {
  flush();
}

void BackgroundWriter::put(std::string_view bytes) {
  if (!m_thread.joinable()) {
    m_thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  std::unique_lock lock(m_mutex);
  m_has_changed.wait(lock, [this] { return m_waiting_bytes < k_most_waiting; });
  std::string copy = std::move(m_spare);
  copy.assign(bytes);
  m_waiting_bytes += bytes.size();
  m_waiting.push_back(std::move(copy));
  m_has_changed.notify_all();
}

void BackgroundWriter::flush() {
  std::unique_lock lock(m_mutex);
  m_has_changed.wait(lock, [this] { return m_waiting.empty() && !m_is_writing; });
}

void BackgroundWriter::run(const std::stop_token& stop) {
  std::unique_lock lock(m_mutex);
  while (m_has_changed.wait(lock, stop, [this] { return !m_waiting.empty(); })) {
    std::string bytes = std::move(m_waiting.front());
    m_waiting.pop_front();
    m_is_writing = true;
    lock.unlock();
    m_write(bytes);
    lock.lock();
    m_is_writing = false;
    m_waiting_bytes -= bytes.size();
    m_spare = std::move(bytes);
    m_has_changed.notify_all();
  }
}

} // namespace menacedb
