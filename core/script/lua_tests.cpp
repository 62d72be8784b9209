#include "core/script/lua_tests.hpp"

#include "core/base/error.hpp"
#include "core/script/lua_api.hpp"
#include "core/script/lua_json.hpp"
#include "core/script/lua_library.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

constexpr int k_deepest = 100;

// By content, tables too.
bool is_equal(lua_State* state, int a, int b, int depth);

bool holds_all_of(lua_State* state, int a, int b, int depth) {
  lua_pushnil(state);
  while (lua_next(state, a) != 0) {
    lua_pushvalue(state, -2);
    lua_rawget(state, b);
    const bool is_same = is_equal(state, lua_gettop(state) - 1, lua_gettop(state), depth);
    lua_pop(state, 2);
    if (!is_same) {
      lua_pop(state, 1);
      return false;
    }
  }
  return true;
}

bool is_equal(lua_State* state, int a, int b, int depth) {
  charge_or_raise(state, 1);
  luaL_checkstack(state, 8, "deep table");
  if (lua_rawequal(state, a, b) != 0) {
    return true;
  }
  if (!lua_istable(state, a) || !lua_istable(state, b)) {
    return false;
  }
  if (depth == 0) {
    luaL_error(state, "the tables are nested too deep to be compared");
  }
  return holds_all_of(state, a, b, depth - 1) && holds_all_of(state, b, a, depth - 1);
}

void note_difference(lua_State* state) noexcept {
  try {
    LuaState::of(state).set_note(
        fmt::format("expected {}, found {}", describe_value(state, 2), describe_value(state, 1)));
  } catch (const std::exception&) {
    LuaState::of(state).set_note({});
  }
}

int expect_equal(lua_State* state) {
  lua_settop(state, 2);
  if (is_equal(state, 1, 2, k_deepest)) {
    return 0;
  }
  note_difference(state);
  return luaL_error(state, "%s", LuaState::of(state).note());
}

int expect_truthy(lua_State* state) {
  luaL_checkany(state, 1);
  if (lua_toboolean(state, 1) == 0) {
    return luaL_error(state, "expected a value that is true, found %s",
                      luaL_tolstring(state, 1, nullptr));
  }
  return 0;
}

int expect_error(lua_State* state) {
  luaL_checktype(state, 1, LUA_TFUNCTION);
  const std::string_view wanted =
      lua_isnoneornil(state, 2) ? std::string_view() : check_text(state, 2);
  lua_settop(state, 2);
  lua_pushvalue(state, 1);
  if (lua_pcall(state, 0, 0, 0) == LUA_OK) {
    return luaL_error(state, "expected an error, found none");
  }
  raise_if_spent(state);
  if (lua_type(state, -1) != LUA_TSTRING ||
      text_at(state, -1).find(wanted) == std::string_view::npos) {
    return luaL_error(state, "expected an error with '%s', found: %s", lua_tostring(state, 2),
                      luaL_tolstring(state, -1, nullptr));
  }
  return 0;
}

int expect_now(lua_State* state) {
  LuaState::of(state).set_now(luaL_checknumber(state, 1));
  return 0;
}

constexpr luaL_Reg k_expect[] = {
    {"equal", expect_equal}, {"truthy", expect_truthy}, {"error", expect_error},
    {"now", expect_now},     {nullptr, nullptr},
};

HookTestResult run_test(LuaState& state, const std::string& file, const std::string& name) {
  HookTestResult result{file, name, true, {}, {}};
  Clock& clock = state.services().clock;
  const Duration began = clock.monotonic();
  const std::optional<LuaFault> fault = state.call([&](lua_State* lua) {
    LuaState::push_global(lua, name);
    lua_call(lua, 0, 0);
  });
  result.elapsed = clock.monotonic() - began;
  state.set_now(std::nullopt);
  if (fault) {
    result.has_passed = false;
    result.message = fault->text();
  }
  return result;
}

} // namespace

std::vector<HookTestResult> run_hook_tests(const LuaServices& services, const LuaLimits& limits,
                                           const std::string& file, const std::string& hooks) {
  std::vector<HookTestResult> results;
  try {
    LuaState state(services, limits, parent_directory(hooks.empty() ? file : hooks));
    const auto fault = state.call([](lua_State* lua) {
      push_globals(lua);
      lua_newtable(lua);
      luaL_setfuncs(lua, k_expect, 0);
      lua_setfield(lua, -2, "expect");
    });
    if (fault) {
      throw Error(ErrorKind::config, "lua-memory", fault->text());
    }
    if (!hooks.empty()) {
      state.load(hooks);
    }
    state.load(file, "test_");
    for (const std::string& name : state.globals_with_prefix("test_")) {
      results.push_back(run_test(state, file, name));
    }
    if (results.empty()) {
      results.push_back({file, {}, false, "it has no function test_*", {}});
    }
  } catch (const Error& error) {
    results.push_back({file, {}, false, error.message(), {}});
  }
  return results;
}

} // namespace menacedb
