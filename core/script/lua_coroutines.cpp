#include "core/script/lua_api.hpp"
#include "core/script/lua_library.hpp"
#include "core/script/lua_state.hpp"

namespace menacedb {
namespace {

// Lua's own wrap and close run __close functions of a coroutine that failed, and when it failed in
// our count hook they would run unwatched. Here a failed coroutine is left to the collector.

int create(lua_State* state) {
  luaL_checktype(state, 1, LUA_TFUNCTION);
  lua_State* const thread = lua_newthread(state);
  lua_pushvalue(state, 1);
  lua_xmove(state, thread, 1);
  return 1;
}

// Results on top of `state` and how many, or -1 and the error.
int resume_thread(lua_State* state, lua_State* thread, int arguments) {
  // The thread's first instructions before its hook fires count, too.
  charge_or_raise(state, LuaBudget::k_interval);
  if (lua_checkstack(thread, arguments) == 0) {
    lua_pushliteral(state, "too many arguments to resume");
    return -1;
  }
  if (lua_status(thread) == LUA_OK && lua_gettop(thread) == 0) {
    lua_pushliteral(state, "cannot resume dead coroutine");
    return -1;
  }
  LuaBudget::watch(thread);
  lua_xmove(state, thread, arguments);
  int count = 0;
  const int status = lua_resume(thread, state, arguments, &count);
  raise_if_spent(state);
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_xmove(thread, state, 1);
    return -1;
  }
  if (lua_checkstack(state, count + 1) == 0) {
    lua_pop(thread, count);
    lua_pushliteral(state, "too many results to resume");
    return -1;
  }
  lua_xmove(thread, state, count);
  return count;
}

int resume(lua_State* state) {
  luaL_checktype(state, 1, LUA_TTHREAD);
  const int count = resume_thread(state, lua_tothread(state, 1), lua_gettop(state) - 1);
  lua_pushboolean(state, count < 0 ? 0 : 1);
  lua_insert(state, count < 0 ? -2 : -(count + 1));
  return count < 0 ? 2 : count + 1;
}

int call_wrapped(lua_State* state) {
  lua_State* const thread = lua_tothread(state, lua_upvalueindex(1));
  const int count = resume_thread(state, thread, lua_gettop(state));
  return count < 0 ? lua_error(state) : count;
}

int wrap(lua_State* state) {
  create(state);
  lua_pushcclosure(state, call_wrapped, 1);
  return 1;
}

constexpr luaL_Reg k_functions[] = {
    {"create", create}, {"resume", resume}, {"wrap", wrap}, {nullptr, nullptr}};

} // namespace

void add_coroutine_functions(lua_State* state) {
  luaL_setfuncs(state, k_functions, 0);
}

} // namespace menacedb
