#include "core/script/lua_budget.hpp"

#include "core/script/lua_api.hpp"
#include "core/script/lua_state.hpp"

#include <algorithm>
#include <cstdlib>

namespace menacedb {
namespace {

constexpr std::int64_t k_steps_per_look = 1000;
constexpr Bytes k_bytes_per_look = 256u << 10;
// Each refusal makes Lua collect all its garbage, so a script that goes on asking burns time.
constexpr int k_most_refusals = 8;
constexpr const char* k_timed_out = "it took longer than its timeout allows";

[[noreturn]] void raise_spent(lua_State* thread, const LuaBudget& budget) {
  lua_pushstring(thread, budget.why());
  lua_error(thread);
  std::abort(); // lua_error does not return
}

} // namespace

void LuaBudget::begin(lua_State* state) noexcept {
  m_is_active = true;
  m_spent = nullptr;
  m_steps_left = m_limits.instructions;
  m_steps_to_clock = k_steps_per_look;
  m_bytes_to_clock = k_bytes_per_look;
  m_refusals = 0;
  m_deadline = m_clock.monotonic() + std::min(m_limits.time, m_timeout);
  watch(state);
}

bool LuaBudget::charge(std::int64_t steps) noexcept {
  if (m_spent != nullptr) {
    return false;
  }
  if (!m_is_active) {
    return true;
  }
  m_steps_left -= steps;
  m_steps_to_clock -= steps;
  if (m_steps_left < 0) {
    spend("it took more instructions than [lua] instructions allows");
  } else if (m_steps_to_clock <= 0) {
    m_steps_to_clock = k_steps_per_look;
    look_at_clock();
  }
  return m_spent == nullptr;
}

void LuaBudget::look_at_clock() noexcept {
  if (m_clock.monotonic() > m_deadline) {
    spend(m_timeout < m_limits.time ? k_timed_out : "it took longer than [lua] time allows");
  }
}

bool LuaBudget::is_timed_out() const noexcept {
  return m_spent == k_timed_out;
}

void LuaBudget::spend(const char* why) noexcept {
  if (m_spent == nullptr) {
    m_spent = why;
  }
}

void LuaBudget::watch(lua_State* thread) noexcept {
  lua_sethook(thread, on_count, LUA_MASKCOUNT, k_interval);
}

void LuaBudget::on_count(lua_State* thread, lua_Debug*) {
  LuaBudget& budget = LuaState::of(thread).budget();
  if (!budget.charge(k_interval)) {
    // A pcall may catch what is raised here; then the very next instruction raises again.
    lua_sethook(thread, on_count, LUA_MASKCOUNT, 1);
    raise_spent(thread, budget);
  }
  budget.m_steps_to_clock = std::min<std::int64_t>(budget.m_steps_to_clock, k_interval);
}

bool LuaBudget::may_grow(std::size_t by) noexcept {
  if (m_graces > 0) {
    return true;
  }
  if (m_used + by > m_limits.memory) {
    if (m_is_active && ++m_refusals > k_most_refusals) {
      spend("it needs more memory than [lua] memory allows");
    }
    return false;
  }
  if (!m_is_active) {
    return true;
  }
  m_bytes_to_clock -= std::min<Bytes>(m_bytes_to_clock, by);
  if (m_bytes_to_clock == 0) {
    m_bytes_to_clock = k_bytes_per_look;
    look_at_clock();
  }
  return m_spent == nullptr || by < k_bytes_per_look;
}

void* LuaBudget::allocate(void* self, void* block, std::size_t old_size,
                          std::size_t size) noexcept {
  LuaBudget& budget = *static_cast<LuaBudget*>(self);
  const std::size_t before = block == nullptr ? 0 : old_size; // else it is a type of object
  if (size == 0) {
    std::free(block);
    budget.m_used -= before;
    return nullptr;
  }
  if (size > before && !budget.may_grow(size - before)) {
    return nullptr;
  }
  void* const grown = std::realloc(block, size);
  if (grown != nullptr) {
    budget.m_used += size;
    budget.m_used -= before;
  }
  return grown;
}

void charge_or_raise(lua_State* thread, std::int64_t steps) {
  LuaBudget& budget = LuaState::of(thread).budget();
  if (!budget.charge(steps)) {
    raise_spent(thread, budget);
  }
}

void raise_if_spent(lua_State* thread) {
  const LuaBudget& budget = LuaState::of(thread).budget();
  if (budget.is_spent()) {
    raise_spent(thread, budget);
  }
}

} // namespace menacedb
