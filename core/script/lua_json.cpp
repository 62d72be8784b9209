#include "core/script/lua_json.hpp"

#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/script/lua_api.hpp"
#include "core/script/lua_library.hpp"
#include "core/script/lua_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace menacedb {
namespace {

constexpr const char* k_array_mark = "menacedb.array";
constexpr const char* k_number_mark = "menacedb.number";
constexpr const char* k_objects = "menacedb.objects";
constexpr const char* k_dead_mark = "menacedb.dead";

int refuse_dead(lua_State* state) {
  return luaL_error(state, "an entry is used after the call that it was given to: "
                           "keep copies of its fields instead");
}

// Pushes the metatable of this name, with a __metatable that says what it marks.
bool push_mark(lua_State* state, const char* name, const char* says) {
  if (luaL_newmetatable(state, name) == 0) {
    return false;
  }
  lua_pushstring(state, says);
  lua_setfield(state, -2, "__metatable");
  return true;
}

int number_text(lua_State* state) {
  lua_getiuservalue(state, 1, 1);
  return 1;
}

void push_big_integer(lua_State* state, std::string_view text) {
  lua_newuserdatauv(state, 0, 1);
  push_text(state, text);
  lua_setiuservalue(state, -2, 1);
  if (push_mark(state, k_number_mark, "number")) {
    lua_pushcfunction(state, number_text);
    lua_setfield(state, -2, "__tostring");
  }
  lua_setmetatable(state, -2);
}

// The text of such a number, or empty.
std::string_view big_integer_at(lua_State* state, int index) {
  if (luaL_testudata(state, index, k_number_mark) == nullptr) {
    return {};
  }
  lua_getiuservalue(state, index, 1);
  const std::string_view text = text_at(state, -1);
  lua_pop(state, 1); // the userdata keeps it alive
  return text;
}

void push_children(lua_State* state, const JsonTape& tape, std::uint32_t node, unsigned depth);

void push_value(lua_State* state, const JsonTape& tape, std::uint32_t node, unsigned depth) {
  const JsonValue& value = tape.at(node);
  switch (value.type) {
  case JsonType::null:
    push_null(state);
    return;
  case JsonType::boolean:
    lua_pushboolean(state, value.boolean ? 1 : 0);
    return;
  case JsonType::integer:
    lua_pushinteger(state, value.integer);
    return;
  case JsonType::big_integer:
    push_big_integer(state, value.raw);
    return;
  case JsonType::real:
    lua_pushnumber(state, value.real);
    return;
  case JsonType::string:
    push_text(state, value.text);
    return;
  case JsonType::array:
  case JsonType::object:
    push_children(state, tape, node, depth);
    return;
  }
}

void push_children(lua_State* state, const JsonTape& tape, std::uint32_t node, unsigned depth) {
  const JsonValue& value = tape.at(node);
  if (depth == 0 || !value.is_expanded) {
    luaL_error(state, "the JSON is nested deeper than %d levels", static_cast<int>(k_json_depth));
  }
  const bool is_array = value.type == JsonType::array;
  const auto count = static_cast<int>(value.child_count);
  charge_or_raise(state, 1 + count / 8);
  luaL_checkstack(state, 4, "deep JSON");
  lua_createtable(state, is_array ? count : 0, is_array ? 0 : count);
  keep_object(state);
  if (is_array) {
    mark_array(state);
  }
  std::uint32_t child = node + 1;
  for (int i = 1; i <= count; ++i, child = tape.next_sibling(child)) {
    if (is_array) {
      push_value(state, tape, child, depth - 1);
      lua_rawseti(state, -2, i);
    } else {
      push_text(state, tape.at(child).key);
      push_value(state, tape, child, depth - 1);
      lua_rawset(state, -3);
    }
  }
}

// Writes a value; stops at the first problem. Uses only calls of Lua that raise nothing while the
// budget is graceful.
class JsonOfLua {
public:
  JsonOfLua(lua_State* state, std::string& out) : m_state(state), m_out(out) {}

  bool write(int index, unsigned depth) {
    if (!LuaState::of(m_state).budget().charge(1) || lua_checkstack(m_state, 6) == 0) {
      return fail("the budget is spent");
    }
    switch (lua_type(m_state, index)) {
    case LUA_TBOOLEAN:
      m_out += lua_toboolean(m_state, index) != 0 ? "true" : "false";
      return true;
    case LUA_TNUMBER:
      return write_number(index);
    case LUA_TSTRING:
      return write_text(text_at(m_state, index));
    case LUA_TLIGHTUSERDATA:
      m_out += "null";
      return is_null(m_state, index) || fail("a userdata is no JSON");
    case LUA_TUSERDATA: {
      const std::string_view number = big_integer_at(m_state, index);
      m_out += number;
      return !number.empty() || fail("a userdata is no JSON");
    }
    case LUA_TTABLE:
      return depth == 0 ? fail("a table is nested too deep, or holds itself")
                        : write_table(lua_absindex(m_state, index), depth);
    default:
      return fail("a function, thread or nil is no JSON");
    }
  }

  [[nodiscard]] const char* problem() const noexcept { return m_problem; }

private:
  bool fail(const char* problem) noexcept {
    m_problem = m_problem == nullptr ? problem : m_problem;
    return false;
  }

  bool write_number(int index) {
    if (lua_isinteger(m_state, index) != 0) {
      m_out += fmt::format_int(lua_tointeger(m_state, index)).c_str();
      return true;
    }
    const double number = lua_tonumber(m_state, index);
    if (!std::isfinite(number)) {
      return fail("infinity and NaN are no JSON");
    }
    append_json_real(m_out, number);
    return true;
  }

  bool write_text(std::string_view text) {
    if (!is_valid_utf8(text)) {
      return fail("a text is not UTF-8");
    }
    append_json_string(m_out, text);
    return true;
  }

  [[nodiscard]] bool is_marked_array(int index) {
    if (lua_getmetatable(m_state, index) == 0) {
      return false;
    }
    lua_pushstring(m_state, k_array_mark);
    lua_rawget(m_state, LUA_REGISTRYINDEX);
    const bool is_marked = lua_rawequal(m_state, -1, -2) != 0;
    lua_pop(m_state, 2);
    return is_marked;
  }

  bool write_table(int index, unsigned depth) {
    std::vector<std::string_view> names; // the table keeps them alive
    lua_Integer count = 0;
    lua_Integer greatest = 0;
    lua_pushnil(m_state);
    while (lua_next(m_state, index) != 0) {
      lua_pop(m_state, 1);
      ++count;
      if (lua_type(m_state, -1) == LUA_TSTRING) {
        names.push_back(text_at(m_state, -1));
      } else if (lua_isinteger(m_state, -1) != 0 && lua_tointeger(m_state, -1) >= 1) {
        greatest = std::max(greatest, lua_tointeger(m_state, -1));
      } else {
        lua_pop(m_state, 1);
        return fail("a table has keys that are neither names nor 1, 2, 3 and so on");
      }
    }
    const bool is_array = is_marked_array(index) || greatest > 0;
    if (is_array && !names.empty()) {
      return fail("a table has both names and numbers as keys");
    }
    if (greatest > 2 * count + 16) {
      return fail("an array has too many holes");
    }
    return is_array ? write_array(index, greatest, depth)
                    : write_object(index, std::move(names), depth);
  }

  bool write_array(int index, lua_Integer size, unsigned depth) {
    m_out += '[';
    for (lua_Integer i = 1; i <= size; ++i) {
      m_out += i == 1 ? "" : ",";
      if (lua_rawgeti(m_state, index, i) == LUA_TNIL) {
        m_out += "null"; // a hole
      } else if (!write(-1, depth - 1)) {
        return false;
      }
      lua_pop(m_state, 1);
    }
    m_out += ']';
    return true;
  }

  bool write_object(int index, std::vector<std::string_view> names, unsigned depth) {
    std::ranges::sort(names);
    m_out += '{';
    for (std::size_t i = 0; i < names.size(); ++i) {
      m_out += i == 0 ? "" : ",";
      if (!write_text(names[i])) {
        return false;
      }
      m_out += ':';
      push_text(m_state, names[i]);
      lua_rawget(m_state, index);
      if (!write(-1, depth - 1)) {
        return false;
      }
      lua_pop(m_state, 1);
    }
    m_out += '}';
    return true;
  }

  lua_State* m_state;
  std::string& m_out;
  const char* m_problem = nullptr;
};

} // namespace

void push_json(lua_State* state, const JsonTape& tape, std::uint32_t node) {
  push_value(state, tape, node, k_json_depth);
}

const char* append_json(lua_State* state, int index, std::string& out) {
  const LuaBudget::Grace grace(LuaState::of(state).budget());
  const int top = lua_gettop(state);
  JsonOfLua writer(state, out);
  const bool is_written = writer.write(lua_absindex(state, index), k_json_depth);
  lua_settop(state, top);
  return is_written ? nullptr : writer.problem();
}

void mark_array(lua_State* state) {
  push_mark(state, k_array_mark, "array");
  lua_setmetatable(state, -2);
}

void keep_object(lua_State* state) {
  if (lua_getfield(state, LUA_REGISTRYINDEX, k_objects) != LUA_TTABLE) {
    lua_pop(state, 1);
    lua_newtable(state);
    lua_pushvalue(state, -1);
    lua_setfield(state, LUA_REGISTRYINDEX, k_objects);
  }
  lua_pushvalue(state, -2);
  lua_rawseti(state, -2, static_cast<lua_Integer>(lua_rawlen(state, -2)) + 1);
  lua_pop(state, 1);
}

void end_objects(lua_State* state) {
  if (lua_getfield(state, LUA_REGISTRYINDEX, k_objects) != LUA_TTABLE) {
    lua_pop(state, 1);
    return;
  }
  if (push_mark(state, k_dead_mark, "dead")) {
    for (const char* const event : {"__index", "__newindex", "__len", "__pairs", "__call"}) {
      lua_pushcfunction(state, refuse_dead);
      lua_setfield(state, -2, event);
    }
  }
  const auto count = static_cast<lua_Integer>(lua_rawlen(state, -2));
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_rawgeti(state, -2, i);
    lua_pushnil(state);
    while (lua_next(state, -2) != 0) {
      lua_pop(state, 1);
      lua_pushvalue(state, -1);
      lua_pushnil(state);
      lua_rawset(state, -4);
    }
    lua_pushvalue(state, -2);
    lua_setmetatable(state, -2);
    lua_pop(state, 1);
  }
  lua_pop(state, 2);
  lua_pushnil(state);
  lua_setfield(state, LUA_REGISTRYINDEX, k_objects);
}

std::string describe_value(lua_State* state, int index) {
  constexpr std::size_t k_most = 200;
  const int type = lua_type(state, index);
  if (type == LUA_TNIL || type == LUA_TNONE) {
    return "nil";
  }
  std::string text;
  if (append_json(state, index, text) != nullptr) {
    return fmt::format("a {}", lua_typename(state, type));
  }
  return text.size() > k_most ? text.substr(0, k_most) + "..." : text;
}

} // namespace menacedb
