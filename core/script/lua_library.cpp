#include "core/script/lua_library.hpp"

#include "core/script/lua_api.hpp"
#include "core/script/lua_state.hpp"

#include <string_view>

namespace menacedb {
namespace {

constexpr const char* k_globals = "menacedb.globals";
char null_address = 0; // its address is JSON's null; nothing is ever stored in it

// What is taken from Lua's own libraries as it is: functions whose time and memory are bounded by
// the size of their arguments. What else there is either reaches outside (io, os, package, debug,
// load, dofile, loadfile, collectgarbage, print), can loop inside C (string.rep, the pattern
// functions, most of table), lets a script run unwatched (xpcall, coroutine.close and wrap), writes
// bytecode (string.dump) or answers differently each time (math.random).
constexpr const char* k_base[] = {"assert",   "error",    "getmetatable", "ipairs",   "next",
                                  "pairs",    "rawequal", "rawget",       "rawlen",   "select",
                                  "tonumber", "tostring", "type",         "_VERSION", nullptr};
constexpr const char* k_string[] = {"byte",  "char",    "format", "len",  "lower",
                                    "upper", "reverse", "sub",    nullptr};
constexpr const char* k_math[] = {"abs", "acos",       "asin", "atan", "ceil", "cos", "deg",
                                  "exp", "floor",      "fmod", "huge", "log",  "max", "maxinteger",
                                  "min", "mininteger", "modf", "pi",   "rad",  "sin", "sqrt",
                                  "tan", "tointeger",  "type", "ult",  nullptr};
constexpr const char* k_utf8[] = {"char", "charpattern", "codes", "codepoint",
                                  "len",  "offset",      nullptr};
constexpr const char* k_coroutine[] = {"isyieldable", "running", "status", "yield", nullptr};

// Opens one of Lua's libraries and copies what is allowed into the table on top of the stack.
void copy_allowed(lua_State* state, lua_CFunction open, const char* const* names) {
  const int target = lua_gettop(state);
  lua_pushcfunction(state, open);
  lua_call(state, 0, 1);
  for (; *names != nullptr; ++names) {
    lua_getfield(state, -1, *names);
    lua_setfield(state, target, *names);
  }
  lua_settop(state, target);
}

int refuse_change(lua_State* state) {
  return luaL_error(state, "cannot change '%s': it belongs to menacedb",
                    lua_tostring(state, lua_upvalueindex(1)));
}

// Replaces the table on top by an empty one that reads from it and takes no assignment.
void protect(lua_State* state, const char* name) {
  lua_newtable(state);
  lua_createtable(state, 0, 3);
  lua_pushvalue(state, -3);
  lua_setfield(state, -2, "__index");
  lua_pushstring(state, name);
  lua_pushcclosure(state, refuse_change, 1);
  lua_setfield(state, -2, "__newindex");
  lua_pushboolean(state, 0);
  lua_setfield(state, -2, "__metatable");
  lua_setmetatable(state, -2);
  lua_remove(state, -2);
}

struct Library {
  const char* name;
  lua_CFunction open; // null: it is all ours
  const char* const* names;
  void (*add)(lua_State* state); // null: it is all Lua's
};

constexpr Library k_libraries[] = {
    {"string", luaopen_string, k_string, add_text_functions},
    {"table", nullptr, nullptr, add_table_functions},
    {"math", luaopen_math, k_math, nullptr},
    {"utf8", luaopen_utf8, k_utf8, nullptr},
    {"coroutine", luaopen_coroutine, k_coroutine, add_coroutine_functions},
    {"menacedb", nullptr, nullptr, add_helper_functions},
};

// luaopen_string gives texts a metatable that leads to its own, full table: "x":rep(…) must find
// ours.
void set_text_methods(lua_State* state) {
  lua_pushliteral(state, "");
  lua_createtable(state, 0, 2);
  lua_pushvalue(state, -3);
  lua_setfield(state, -2, "__index");
  lua_pushboolean(state, 0);
  lua_setfield(state, -2, "__metatable");
  lua_setmetatable(state, -2);
  lua_pop(state, 1);
}

void add_library(lua_State* state, const Library& library) {
  lua_newtable(state);
  if (library.open != nullptr) {
    copy_allowed(state, library.open, library.names);
  }
  if (library.add != nullptr) {
    library.add(state);
  }
  if (library.open == luaopen_string) {
    set_text_methods(state);
  }
  protect(state, library.name);
  lua_setfield(state, -2, library.name);
}

// (table, name, value): a hook is kept, everything else is refused.
int set_global(lua_State* state) {
  const LuaState& owner = LuaState::of(state);
  const bool is_word = lua_type(state, 2) == LUA_TSTRING;
  if (is_word && owner.accepts_global(text_at(state, 2))) {
    if (!lua_isfunction(state, 3) && !lua_isnil(state, 3)) {
      return luaL_error(state, "cannot set '%s' to a %s: it must be a function",
                        lua_tostring(state, 2), luaL_typename(state, 3));
    }
    push_globals(state);
    lua_insert(state, 2);
    lua_rawset(state, 2);
    return 0;
  }
  LuaState::of(state).explain_global(is_word ? text_at(state, 2) : std::string_view("?"));
  return luaL_error(state, "%s", owner.note());
}

void guard_globals(lua_State* state) {
  push_globals(state);
  lua_newtable(state);
  lua_pushvalue(state, -1);
  lua_setfield(state, -3, "_G");
  lua_createtable(state, 0, 3);
  lua_pushvalue(state, -3);
  lua_setfield(state, -2, "__index");
  lua_pushcfunction(state, set_global);
  lua_setfield(state, -2, "__newindex");
  lua_pushboolean(state, 0);
  lua_setfield(state, -2, "__metatable");
  lua_setmetatable(state, -2);
  lua_rawseti(state, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_pop(state, 1);
}

int null_text(lua_State* state) {
  lua_pushliteral(state, "null");
  return 1;
}

// All light userdata share one metatable, and null is the only one there is.
void name_null(lua_State* state) {
  push_null(state);
  lua_createtable(state, 0, 2);
  lua_pushcfunction(state, null_text);
  lua_setfield(state, -2, "__tostring");
  lua_pushboolean(state, 0);
  lua_setfield(state, -2, "__metatable");
  lua_setmetatable(state, -2);
  lua_pop(state, 1);
}

} // namespace

void open_libraries(lua_State* state) {
  lua_newtable(state);
  copy_allowed(state, luaopen_base, k_base);
  add_base_functions(state);
  for (const Library& library : k_libraries) {
    add_library(state, library);
  }
  lua_setfield(state, LUA_REGISTRYINDEX, k_globals);
  name_null(state);
  guard_globals(state);
}

void push_globals(lua_State* state) {
  lua_getfield(state, LUA_REGISTRYINDEX, k_globals);
}

void push_null(lua_State* state) {
  lua_pushlightuserdata(state, &null_address);
}

bool is_null(lua_State* state, int index) {
  return lua_touserdata(state, index) == &null_address;
}

} // namespace menacedb
