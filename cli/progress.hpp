#pragma once

#include "core/os/clock.hpp"

#include <cstdint>
#include <string>

namespace menacedb {

// A bar with rate and time left on stderr, for work that takes a while: only on a terminal, only
// after half a second, at most ten times a second, and wiped away at the end. Not thread-safe.
class Progress {
public:
  // `total` 0: not known. `is_wanted` false (--quiet, --json without a terminal): never shows.
  Progress(Clock& clock, std::string label, std::uint64_t total, bool is_wanted = true);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(std::uint64_t done);
  void set_total(std::uint64_t total) noexcept { m_total = total; }

private:
  Clock& m_clock;
  std::string m_label;
  std::uint64_t m_total;
  bool m_is_wanted;
  bool m_is_shown = false;
  Duration m_began;
  Duration m_next_show;
};

// One line of it, without the terminal: "sync [####----] 50 %  1,000/s  2s left".
[[nodiscard]] std::string progress_line(const std::string& label, std::uint64_t done,
                                        std::uint64_t total, Duration elapsed);

} // namespace menacedb
