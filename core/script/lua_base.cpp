#include "core/script/lua_api.hpp"
#include "core/script/lua_library.hpp"
#include "core/script/lua_state.hpp"

namespace menacedb {
namespace {

constexpr const char* k_modules = "menacedb.modules";

// After a protected call, in either form of it: what was caught goes on when the budget is spent.
int finish_pcall(lua_State* state, int status, lua_KContext) {
  if (status == LUA_OK || status == LUA_YIELD) {
    return lua_gettop(state);
  }
  raise_if_spent(state);
  lua_pushboolean(state, 0);
  lua_pushvalue(state, -2);
  return 2;
}

int protected_call(lua_State* state) {
  luaL_checkany(state, 1);
  lua_pushboolean(state, 1);
  lua_insert(state, 1);
  const int status = lua_pcallk(state, lua_gettop(state) - 2, LUA_MULTRET, 0, 0, finish_pcall);
  return finish_pcall(state, status, 0);
}

// The handler is at 1.
int finish_xpcall(lua_State* state, int status, lua_KContext) {
  if (status == LUA_OK || status == LUA_YIELD) {
    return lua_gettop(state) - 1;
  }
  raise_if_spent(state);
  lua_pushvalue(state, 1);
  lua_pushvalue(state, -2);
  lua_call(state, 1, 1);
  lua_pushboolean(state, 0);
  lua_insert(state, -2);
  return 2;
}

// Lua's own would call the handler where the error is raised: in the middle of our count hook,
// where no hook fires. Here it runs after the stack is unwound, as any other function.
int protected_call_with_handler(lua_State* state) {
  luaL_checktype(state, 2, LUA_TFUNCTION);
  lua_pushvalue(state, 2);
  lua_insert(state, 1); // handler, f, handler, arguments
  lua_pushboolean(state, 1);
  lua_replace(state, 3);
  lua_pushvalue(state, 2);
  lua_remove(state, 2);
  lua_insert(state, 3); // handler, true, f, arguments
  const int status = lua_pcallk(state, lua_gettop(state) - 3, LUA_MULTRET, 0, 0, finish_xpcall);
  return finish_xpcall(state, status, 0);
}

// A finaliser would run whenever memory is collected, unwatched.
int set_metatable(lua_State* state) {
  luaL_checktype(state, 1, LUA_TTABLE);
  luaL_argexpected(state, lua_isnil(state, 2) || lua_istable(state, 2), 2, "nil or table");
  if (luaL_getmetafield(state, 1, "__metatable") != LUA_TNIL) {
    return luaL_error(state, "cannot change a protected metatable");
  }
  if (lua_istable(state, 2)) {
    lua_pushliteral(state, "__gc");
    if (lua_rawget(state, 2) != LUA_TNIL) {
      return luaL_error(state, "a metatable may not have '__gc'");
    }
  }
  lua_settop(state, 2);
  lua_setmetatable(state, 1);
  return 1;
}

// (name): what the file returned, or true.
int require(lua_State* state) {
  static_cast<void>(check_text(state, 1));
  lua_settop(state, 1);
  lua_getfield(state, LUA_REGISTRYINDEX, k_modules);
  lua_pushvalue(state, 1);
  if (lua_rawget(state, 2) != LUA_TNIL) {
    return 1;
  }
  LuaState& owner = LuaState::of(state);
  if (!owner.is_loading()) {
    return luaL_error(state, "cannot require '%s' while a hook runs: require it at the top",
                      lua_tostring(state, 1));
  }
  const std::string* const text = owner.read_module(text_at(state, 1));
  if (text == nullptr) {
    return luaL_error(state, "cannot require '%s': %s", lua_tostring(state, 1), owner.note());
  }
  lua_pushvalue(state, 1); // a circle of modules ends here
  lua_pushboolean(state, 1);
  lua_rawset(state, 2);
  lua_pushfstring(state, "@%s", owner.module_path().c_str());
  if (luaL_loadbufferx(state, text->data(), text->size(), lua_tostring(state, -1), "t") != LUA_OK) {
    owner.note_module_fault(text_at(state, -1));
    return lua_error(state);
  }
  lua_call(state, 0, 1);
  if (lua_isnil(state, -1)) {
    lua_pop(state, 1);
    lua_pushboolean(state, 1);
  }
  lua_pushvalue(state, 1);
  lua_pushvalue(state, -2);
  lua_rawset(state, 2);
  return 1;
}

constexpr luaL_Reg k_functions[] = {
    {"pcall", protected_call}, {"xpcall", protected_call_with_handler},
    {"require", require},      {"setmetatable", set_metatable},
    {nullptr, nullptr},
};

} // namespace

void add_base_functions(lua_State* state) {
  lua_newtable(state);
  lua_setfield(state, LUA_REGISTRYINDEX, k_modules);
  luaL_setfuncs(state, k_functions, 0);
}

} // namespace menacedb
