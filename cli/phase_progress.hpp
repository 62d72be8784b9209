#pragma once

#include "cli/app.hpp"
#include "cli/progress.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// A bar for work that has several phases, each with its own label. Not thread-safe.
class PhaseProgress {
public:
  explicit PhaseProgress(App& app) : m_app(app) {}

  void update(std::string_view phase, std::uint64_t done, std::uint64_t total);
  void end() { m_bar.reset(); } // wipes the bar away: something else is about to be printed

private:
  App& m_app;
  std::string m_phase;
  std::optional<Progress> m_bar;
};

} // namespace menacedb
