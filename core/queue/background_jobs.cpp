#include "core/queue/background_jobs.hpp"

#include <utility>

namespace menacedb {

BackgroundJobs::BackgroundJobs(std::size_t most) : m_most(most) {}

BackgroundJobs::~BackgroundJobs() {
  flush();
}

void BackgroundJobs::put(std::size_t size, Job job) {
  if (!m_thread.joinable()) {
    m_thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  std::unique_lock lock(m_mutex);
  m_has_changed.wait(lock, [this] { return m_size < m_most; });
  m_size += size;
  m_waiting.push_back({size, std::move(job)});
  m_has_changed.notify_all();
}

void BackgroundJobs::flush() {
  std::unique_lock lock(m_mutex);
  m_has_changed.wait(lock, [this] { return m_waiting.empty() && !m_is_running; });
}

void BackgroundJobs::run(const std::stop_token& stop) {
  std::unique_lock lock(m_mutex);
  while (m_has_changed.wait(lock, stop, [this] { return !m_waiting.empty(); })) {
    const Waiting next = std::move(m_waiting.front());
    m_waiting.pop_front();
    m_is_running = true;
    lock.unlock();
    next.job();
    lock.lock();
    m_is_running = false;
    m_size -= next.size;
    m_has_changed.notify_all();
  }
}

} // namespace menacedb
