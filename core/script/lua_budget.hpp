#pragma once

#include "core/base/time.hpp"
#include "core/base/units.hpp"
#include "core/os/clock.hpp"

#include <cstddef>
#include <cstdint>

struct lua_State;
struct lua_Debug;

namespace menacedb {

struct LuaLimits {
  std::int64_t instructions = 1'000'000; // of one call; a step of a C function counts as one
  Bytes memory = 16u << 20;              // of the whole state
  Duration time = std::chrono::milliseconds(250); // of one call, by the clock on the wall
};

// What one call into Lua may use up. Once it is spent, every further instruction and every step of
// a C function raises again, whatever the script catches, until the call is over. Not thread-safe.
//
// Lua asks in three places: its hook, every k_interval instructions of each coroutine; its
// allocator; and our own C functions, by charge(), for what takes time in them. None of Lua's own
// functions that could run for long without one of these is offered to scripts.
class LuaBudget {
public:
  static constexpr int k_interval = 100;

  LuaBudget(Clock& clock, const LuaLimits& limits) noexcept : m_clock(clock), m_limits(limits) {}

  void begin(lua_State* state) noexcept; // a new call
  // A bound of the caller's for the time of each further call, where it is the shorter one.
  void set_timeout(Duration timeout) noexcept { m_timeout = timeout; }
  [[nodiscard]] bool is_timed_out() const noexcept; // the last call was, by that bound
  void end() noexcept { m_is_active = false; }
  // False when the budget is spent.
  bool charge(std::int64_t steps) noexcept;
  [[nodiscard]] bool is_spent() const noexcept { return m_spent != nullptr; }
  [[nodiscard]] const char* why() const noexcept { return m_spent; } // null: it is not spent
  [[nodiscard]] const LuaLimits& limits() const noexcept { return m_limits; }
  [[nodiscard]] Bytes used_memory() const noexcept { return m_used; }

  // While it lives, memory is not refused: for a few calls of Lua that must not raise, because C++
  // objects are alive.
  class Grace {
  public:
    explicit Grace(LuaBudget& budget) noexcept : m_budget(budget) { ++m_budget.m_graces; }
    ~Grace() { --m_budget.m_graces; }
    Grace(const Grace&) = delete;
    Grace& operator=(const Grace&) = delete;

  private:
    LuaBudget& m_budget;
  };

  // For lua_newstate.
  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t size) noexcept;
  // Watches a thread of the state, which counts its instructions by itself.
  static void watch(lua_State* thread) noexcept;

private:
  [[nodiscard]] bool may_grow(std::size_t by) noexcept;
  void look_at_clock() noexcept;
  void spend(const char* why) noexcept;
  static void on_count(lua_State* thread, lua_Debug* activation);

  Clock& m_clock;
  LuaLimits m_limits;
  Duration m_timeout = Duration::max();
  Bytes m_used = 0;
  bool m_is_active = false;
  const char* m_spent = nullptr;
  std::int64_t m_steps_left = 0;
  std::int64_t m_steps_to_clock = 0;
  Bytes m_bytes_to_clock = 0;
  int m_refusals = 0;
  int m_graces = 0;
  Duration m_deadline{};
};

// For C functions that Lua calls. These raise, so no C++ object may be alive in the caller.
void charge_or_raise(lua_State* thread, std::int64_t steps);
void raise_if_spent(lua_State* thread);

} // namespace menacedb
