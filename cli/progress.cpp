#include "cli/progress.hpp"

#include "core/base/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unistd.h>

namespace menacedb {
namespace {

constexpr Duration k_delay = std::chrono::milliseconds(500);
constexpr Duration k_interval = std::chrono::milliseconds(100);
constexpr std::size_t k_bar_width = 24;

void write_to_stderr(const std::string& text) noexcept {
  // A bar that cannot be drawn is no reason to stop the work.
  const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  static_cast<void>(written);
}

} // namespace

std::string progress_line(const std::string& label, std::uint64_t done, std::uint64_t total,
                          Duration elapsed) {
  const double seconds = std::chrono::duration<double>(elapsed).count();
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  const std::string speed = fmt::format("{}/s", format_count(static_cast<std::uint64_t>(rate)));
  if (total == 0) {
    return fmt::format("{} {}  {}", label, format_count(done), speed);
  }
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(k_bar_width));
  std::string line = fmt::format("{} [{}{}] {:3.0f} %  {}", label, std::string(filled, '#'),
                                 std::string(k_bar_width - filled, '-'), share * 100, speed);
  if (rate > 0 && done < total) {
    const double left = static_cast<double>(total - done) / rate;
    line += fmt::format("  {} left",
                        format_duration(std::chrono::seconds(static_cast<long>(left) + 1)));
  }
  return line;
}

Progress::Progress(Clock& clock, std::string label, std::uint64_t total, bool is_wanted)
    : m_clock(clock),
      m_label(std::move(label)),
      m_total(total),
      m_is_wanted(is_wanted && ::isatty(STDERR_FILENO) == 1),
      m_began(clock.monotonic()),
      m_next_show(m_began + k_delay) {}

Progress::~Progress() {
  if (m_is_shown) {
    write_to_stderr("\r\x1b[K");
  }
}

void Progress::update(std::uint64_t done) {
  if (!m_is_wanted) {
    return;
  }
  const Duration now = m_clock.monotonic();
  if (now < m_next_show) {
    return;
  }
  m_next_show = now + k_interval;
  m_is_shown = true;
  write_to_stderr(fmt::format("\r{}\x1b[K", progress_line(m_label, done, m_total, now - m_began)));
}

} // namespace menacedb
