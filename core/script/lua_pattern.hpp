#pragma once

#include "core/script/lua_budget.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace menacedb {

// Lua's patterns (Lua 5.4 manual, 6.4.1), matched with a budget: Lua's own matcher backtracks
// without end and cannot be interrupted. Every step of this one is charged. Needs no destructor, so
// Lua may raise over it.
class LuaPattern {
public:
  static constexpr std::size_t k_none = static_cast<std::size_t>(-1);
  static constexpr std::size_t k_most_captures = 32;

  struct Capture {
    enum class Kind { open, closed, position };
    std::size_t begin = 0;
    std::size_t size = 0;
    Kind kind = Kind::open;
  };

  LuaPattern(std::string_view subject, std::string_view pattern, LuaBudget& budget) noexcept
      : m_subject(subject), m_pattern(pattern), m_budget(budget) {}

  // Where the match that begins at `at` ends, or k_none: no match, or a problem.
  [[nodiscard]] std::size_t match(std::size_t at) noexcept;
  // What is wrong with the pattern, or null. A spent budget is none: ask the budget.
  [[nodiscard]] const char* problem() const noexcept { return m_problem; }

  [[nodiscard]] std::size_t capture_count() const noexcept { return m_count; }
  [[nodiscard]] const Capture& capture(std::size_t index) const noexcept {
    return m_captures[index];
  }

private:
  [[nodiscard]] std::size_t run(std::size_t s, std::size_t p) noexcept;
  [[nodiscard]] std::size_t run_item(std::size_t s, std::size_t p) noexcept;
  [[nodiscard]] std::size_t run_special(std::size_t s, std::size_t p) noexcept;
  [[nodiscard]] std::size_t most(std::size_t s, std::size_t p, std::size_t end) noexcept;
  [[nodiscard]] std::size_t least(std::size_t s, std::size_t p, std::size_t end) noexcept;
  [[nodiscard]] std::size_t open(std::size_t s, std::size_t p) noexcept;
  [[nodiscard]] std::size_t close(std::size_t s, std::size_t p) noexcept;
  [[nodiscard]] std::size_t balance(std::size_t s, std::size_t p) noexcept;
  [[nodiscard]] std::size_t repeat_capture(std::size_t s, char digit) noexcept;
  [[nodiscard]] bool is_frontier(std::size_t s, std::size_t p, std::size_t end) noexcept;
  [[nodiscard]] std::size_t end_of_class(std::size_t p) noexcept;
  [[nodiscard]] bool fits(std::size_t s, std::size_t p, std::size_t end) noexcept;
  [[nodiscard]] bool is_in_set(unsigned char c, std::size_t p, std::size_t end) const noexcept;
  [[nodiscard]] char at(std::size_t p) const noexcept {
    return p < m_pattern.size() ? m_pattern[p] : '\0';
  }
  [[nodiscard]] bool step() noexcept { return m_problem == nullptr && m_budget.charge(1); }
  std::size_t fail(const char* problem) noexcept;

  std::string_view m_subject;
  std::string_view m_pattern;
  LuaBudget& m_budget;
  const char* m_problem = nullptr;
  int m_depth = 0;
  std::size_t m_count = 0;
  std::array<Capture, k_most_captures> m_captures{};
};

} // namespace menacedb
