#pragma once

#include "core/base/time.hpp"

#include <cstddef>

namespace menacedb {

// How many jobs with a function in Lua a runner takes at once: as many as it runs in about five
// milliseconds. So a claim costs short ones little, whoever else has changed the table meanwhile
// (SQLite's cache begins anew then), and long ones do not wait at one worker while others are idle.
class ScriptShare {
public:
  [[nodiscard]] std::size_t count() const noexcept { return m_count; }
  // So many took so long, one after the other.
  void note(std::size_t jobs, Duration took) noexcept;

private:
  std::size_t m_count = 100;
};

} // namespace menacedb
