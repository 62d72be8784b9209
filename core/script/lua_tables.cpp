#include "core/script/lua_api.hpp"
#include "core/script/lua_library.hpp"
#include "core/script/lua_state.hpp"

#include <algorithm>
#include <limits>

namespace menacedb {
namespace {

// Lua's own table functions ask metatables and believe what __len says, so a loop in C can be made
// endless: table.concat as an __index of itself never ends. These look at the tables themselves
// and charge every element.

lua_Integer check_table(lua_State* state, int argument) {
  luaL_checktype(state, argument, LUA_TTABLE);
  return static_cast<lua_Integer>(lua_rawlen(state, argument));
}

[[nodiscard]] std::int64_t span_of(lua_Integer first, lua_Integer last) noexcept {
  constexpr auto k_most = std::numeric_limits<std::int64_t>::max();
  const std::uint64_t count =
      static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first) + 1;
  return last < first ? 0
         : count > static_cast<std::uint64_t>(k_most) || count == 0
             ? k_most
             : static_cast<std::int64_t>(count);
}

int insert(lua_State* state) {
  const lua_Integer end = check_table(state, 1) + 1;
  lua_Integer at = end;
  if (lua_gettop(state) == 3) {
    at = luaL_checkinteger(state, 2);
    luaL_argcheck(state, at >= 1 && at <= end, 2, "position out of bounds");
  } else if (lua_gettop(state) != 2) {
    return luaL_error(state, "wrong number of arguments to 'insert'");
  }
  charge_or_raise(state, end - at);
  for (lua_Integer i = end; i > at; --i) {
    lua_rawgeti(state, 1, i - 1);
    lua_rawseti(state, 1, i);
  }
  lua_rawseti(state, 1, at);
  return 0;
}

int remove(lua_State* state) {
  const lua_Integer size = check_table(state, 1);
  lua_Integer at = luaL_optinteger(state, 2, size);
  if (lua_gettop(state) > 1) {
    luaL_argcheck(state, (size == 0 && at == 0) || (at >= 1 && at <= size + 1), 2,
                  "position out of bounds");
  }
  charge_or_raise(state, std::max<lua_Integer>(size - at, 0));
  lua_rawgeti(state, 1, at);
  for (; at < size; ++at) {
    lua_rawgeti(state, 1, at + 1);
    lua_rawseti(state, 1, at);
  }
  lua_pushnil(state);
  lua_rawseti(state, 1, at);
  return 1;
}

int concat(lua_State* state) {
  const lua_Integer size = check_table(state, 1);
  const std::string_view separator =
      lua_isnoneornil(state, 2) ? std::string_view() : check_text(state, 2);
  const lua_Integer first = luaL_optinteger(state, 3, 1);
  const lua_Integer last = luaL_optinteger(state, 4, size);
  luaL_Buffer out;
  luaL_buffinit(state, &out);
  const std::int64_t count = span_of(first, last);
  for (std::int64_t i = 0; i < count; ++i) {
    charge_or_raise(state, 1);
    lua_rawgeti(state, 1, first + i);
    if (lua_isstring(state, -1) == 0) {
      return luaL_error(state, "invalid value (at index %I) in table for 'concat'",
                        static_cast<LUAI_UACINT>(first + i));
    }
    luaL_addvalue(&out);
    if (i + 1 < count) {
      luaL_addlstring(&out, separator.data(), separator.size());
    }
  }
  luaL_pushresult(&out);
  return 1;
}

int unpack(lua_State* state) {
  const lua_Integer size = check_table(state, 1);
  const lua_Integer first = luaL_optinteger(state, 2, 1);
  const lua_Integer last = luaL_optinteger(state, 3, size);
  const std::int64_t count = span_of(first, last);
  if (count >= 100'000 || lua_checkstack(state, static_cast<int>(count)) == 0) {
    return luaL_error(state, "too many results to unpack");
  }
  charge_or_raise(state, count);
  for (std::int64_t i = 0; i < count; ++i) {
    lua_rawgeti(state, 1, first + i);
  }
  return static_cast<int>(count);
}

int pack(lua_State* state) {
  const int count = lua_gettop(state);
  charge_or_raise(state, count);
  lua_createtable(state, count, 1);
  lua_insert(state, 1);
  for (int i = count; i >= 1; --i) {
    lua_rawseti(state, 1, i);
  }
  lua_pushinteger(state, count);
  lua_setfield(state, 1, "n");
  return 1;
}

int move(lua_State* state) {
  check_table(state, 1);
  const lua_Integer first = luaL_checkinteger(state, 2);
  const lua_Integer last = luaL_checkinteger(state, 3);
  const lua_Integer to = luaL_checkinteger(state, 4);
  const int target = lua_isnoneornil(state, 5) ? 1 : 5;
  check_table(state, target);
  const std::int64_t count = span_of(first, last);
  charge_or_raise(state, count);
  if (count > 0) {
    luaL_argcheck(state, to <= std::numeric_limits<lua_Integer>::max() - count + 1, 4,
                  "destination wrap around");
  }
  const bool is_forward = to > last || to <= first || target != 1;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t step = is_forward ? i : count - 1 - i;
    lua_rawgeti(state, 1, first + step);
    lua_rawseti(state, target, to + step);
  }
  lua_pushvalue(state, target);
  return 1;
}

// Whether the value at a comes before the one at b, by the function at 2 or by '<'.
bool is_less(lua_State* state, int a, int b) {
  charge_or_raise(state, 1);
  if (lua_isnil(state, 2)) {
    return lua_compare(state, a, b, LUA_OPLT) != 0;
  }
  lua_pushvalue(state, 2);
  lua_pushvalue(state, a < 0 ? a - 1 : a);
  lua_pushvalue(state, b < 0 ? b - 2 : b);
  lua_call(state, 2, 1);
  const bool answer = lua_toboolean(state, -1) != 0;
  lua_pop(state, 1);
  return answer;
}

// Lets the value at `root` sink in the heap of the first `size` elements.
void sink(lua_State* state, lua_Integer root, lua_Integer size) {
  lua_rawgeti(state, 1, root); // the one that sinks stays at -1 in between
  for (lua_Integer child = 2 * root; child <= size; child = 2 * root) {
    lua_rawgeti(state, 1, child);
    if (child < size) {
      lua_rawgeti(state, 1, child + 1);
      if (is_less(state, -2, -1)) {
        lua_remove(state, -2);
        ++child;
      } else {
        lua_pop(state, 1);
      }
    }
    if (!is_less(state, -2, -1)) {
      lua_pop(state, 1);
      break;
    }
    lua_rawseti(state, 1, root);
    root = child;
  }
  lua_rawseti(state, 1, root);
}

// Heap sort: its work is bounded whatever the comparison answers, and it never leaves the array.
int sort(lua_State* state) {
  const lua_Integer size = check_table(state, 1);
  if (!lua_isnoneornil(state, 2)) {
    luaL_checktype(state, 2, LUA_TFUNCTION);
  }
  lua_settop(state, 2);
  luaL_checkstack(state, 8, "sort");
  for (lua_Integer root = size / 2; root >= 1; --root) {
    sink(state, root, size);
  }
  for (lua_Integer end = size; end > 1; --end) {
    lua_rawgeti(state, 1, 1);
    lua_rawgeti(state, 1, end);
    lua_rawseti(state, 1, 1);
    lua_rawseti(state, 1, end);
    sink(state, 1, end - 1);
  }
  return 0;
}

constexpr luaL_Reg k_functions[] = {
    {"insert", insert}, {"remove", remove}, {"concat", concat}, {"unpack", unpack},
    {"pack", pack},     {"move", move},     {"sort", sort},     {nullptr, nullptr},
};

} // namespace

void add_table_functions(lua_State* state) {
  luaL_setfuncs(state, k_functions, 0);
}

} // namespace menacedb
