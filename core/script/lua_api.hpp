#pragma once

// Lua's C API, as C: the archive is compiled with longjmp, so an error skips destructors. A
// function that Lua calls gathers its arguments, leaves C++ scope, then raises (STYLE.md).
extern "C" {
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
}

#include <string_view>

namespace menacedb {

inline void push_text(lua_State* state, std::string_view text) {
  lua_pushlstring(state, text.data(), text.size());
}

// Of a value that is text already: a number would be turned into text in place.
[[nodiscard]] inline std::string_view text_at(lua_State* state, int index) {
  std::size_t size = 0;
  const char* const text = lua_tolstring(state, index, &size);
  return {text, text == nullptr ? 0 : size};
}

// An argument of a C function; raises when it is no text.
[[nodiscard]] inline std::string_view check_text(lua_State* state, int argument) {
  std::size_t size = 0;
  const char* const text = luaL_checklstring(state, argument, &size);
  return {text, size};
}

} // namespace menacedb
