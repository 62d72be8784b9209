#include "core/base/hash.hpp"
#include "core/base/text.hpp"
#include "core/script/lua_api.hpp"
#include "core/script/lua_json.hpp"
#include "core/script/lua_library.hpp"
#include "core/script/lua_state.hpp"

#include <array>

namespace menacedb {
namespace {

// SHA-256 in hex: the same on every machine.
int hash(lua_State* state) {
  const std::string_view text = check_text(state, 1);
  charge_or_raise(state, static_cast<std::int64_t>(text.size() / 64));
  constexpr char k_digits[] = "0123456789abcdef";
  const Sha256::Digest digest = sha256(text);
  std::array<char, 2 * sizeof(digest)> hex{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    hex[2 * i] = k_digits[digest[i] >> 4];
    hex[2 * i + 1] = k_digits[digest[i] & 0xf];
  }
  lua_pushlstring(state, hex.data(), hex.size());
  return 1;
}

// Seconds since 1970, with a fraction.
int now(lua_State* state) {
  lua_pushnumber(state, LuaState::of(state).now());
  return 1;
}

void write_event(lua_State* state, LogLevel level, std::string_view text) noexcept {
  try {
    LuaState::of(state).services().log.event(level, "hook-says",
                                             {{"message", std::string(text.substr(0, 1000))}});
  } catch (const std::exception&) {
    return; // what a hook says is not worth failing for
  }
}

int log(lua_State* state) {
  static const char* const levels[] = {"debug", "info", "warning", "error", nullptr};
  const int level = luaL_checkoption(state, 1, nullptr, levels);
  const std::string_view text = check_text(state, 2);
  charge_or_raise(state, 100);
  write_event(state, static_cast<LogLevel>(level), text);
  return 0;
}

// '*' is any text, '?' any one sign; everything else stands for itself. Two marks that go back to
// the last star: quadratic at worst, and charged.
int glob(lua_State* state) {
  const std::string_view pattern = check_text(state, 1);
  const std::string_view text = check_text(state, 2);
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t after = 0;
  std::int64_t steps = 0;
  while (t < text.size()) {
    if (++steps % 1024 == 0) {
      charge_or_raise(state, 1024);
    }
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++after;
    } else {
      break;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') {
    ++p;
  }
  lua_pushboolean(state, t == text.size() && p == pattern.size() ? 1 : 0);
  return 1;
}

int array(lua_State* state) {
  luaL_checktype(state, 1, LUA_TTABLE);
  lua_settop(state, 1);
  if (lua_getmetatable(state, 1) != 0) {
    return luaL_error(state, "a table with a metatable cannot become an array");
  }
  mark_array(state);
  return 1;
}

constexpr luaL_Reg k_functions[] = {
    {"hash", hash}, {"now", now},     {"log", log},
    {"glob", glob}, {"array", array}, {nullptr, nullptr},
};

} // namespace

void add_helper_functions(lua_State* state) {
  luaL_setfuncs(state, k_functions, 0);
  push_null(state);
  lua_setfield(state, -2, "null");
}

} // namespace menacedb
