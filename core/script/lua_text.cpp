#include "core/script/lua_api.hpp"
#include "core/script/lua_library.hpp"
#include "core/script/lua_pattern.hpp"
#include "core/script/lua_state.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>

namespace menacedb {
namespace {

// A start position as Lua counts, from 1 and from the end when negative; from 0, beyond the end
// when there is nothing.
[[nodiscard]] std::size_t start_of(lua_Integer position, std::size_t size) noexcept {
  if (position > 0) {
    return std::min(static_cast<std::size_t>(position - 1), size + 1);
  }
  if (position == 0) {
    return 0;
  }
  const auto back = static_cast<std::uint64_t>(-(position + 1)) + 1;
  return back > size ? 0 : size - static_cast<std::size_t>(back);
}

void raise_problem(lua_State* state, const LuaPattern& pattern) {
  raise_if_spent(state);
  if (pattern.problem() != nullptr) {
    luaL_error(state, "%s", pattern.problem());
  }
}

// The capture, or the whole match when the pattern has none.
void push_capture(lua_State* state, const LuaPattern& pattern, std::string_view subject,
                  std::size_t index, std::string_view whole) {
  if (index >= pattern.capture_count()) {
    if (index != 0) {
      luaL_error(state, "invalid capture index %%%d", static_cast<int>(index + 1));
    }
    push_text(state, whole);
    return;
  }
  const LuaPattern::Capture& capture = pattern.capture(index);
  if (capture.kind == LuaPattern::Capture::Kind::open) {
    luaL_error(state, "unfinished capture");
  }
  if (capture.kind == LuaPattern::Capture::Kind::position) {
    lua_pushinteger(state, static_cast<lua_Integer>(capture.begin + 1));
  } else {
    push_text(state, subject.substr(capture.begin, capture.size));
  }
}

int push_captures(lua_State* state, const LuaPattern& pattern, std::string_view subject,
                  std::string_view whole) {
  const std::size_t count = std::max<std::size_t>(pattern.capture_count(), 1);
  luaL_checkstack(state, static_cast<int>(count), "too many captures");
  for (std::size_t i = 0; i < count; ++i) {
    push_capture(state, pattern, subject, i, whole);
  }
  return static_cast<int>(count);
}

int find_plain(lua_State* state, std::string_view subject, std::string_view wanted,
               std::size_t start) {
  charge_or_raise(state, static_cast<std::int64_t>(subject.size() / 64));
  // memmem is linear whatever the texts are.
  const void* const found =
      ::memmem(subject.data() + start, subject.size() - start, wanted.data(), wanted.size());
  if (found == nullptr) {
    luaL_pushfail(state);
    return 1;
  }
  const auto at = static_cast<const char*>(found) - subject.data();
  lua_pushinteger(state, at + 1);
  lua_pushinteger(state, at + static_cast<lua_Integer>(wanted.size()));
  return 2;
}

int find_or_match(lua_State* state, bool is_find) {
  const std::string_view subject = check_text(state, 1);
  std::string_view wanted = check_text(state, 2);
  const std::size_t start = start_of(luaL_optinteger(state, 3, 1), subject.size());
  if (start > subject.size()) {
    luaL_pushfail(state);
    return 1;
  }
  if (is_find && (lua_toboolean(state, 4) != 0 ||
                  wanted.find_first_of("^$*+?.([%-") == std::string_view::npos)) {
    return find_plain(state, subject, wanted, start);
  }
  const bool is_anchored = wanted.starts_with('^');
  wanted.remove_prefix(is_anchored ? 1 : 0);
  LuaPattern pattern(subject, wanted, LuaState::of(state).budget());
  for (std::size_t at = start; at <= subject.size(); ++at) {
    const std::size_t end = pattern.match(at);
    raise_problem(state, pattern);
    charge_or_raise(state, 1);
    if (end != LuaPattern::k_none) {
      const std::string_view whole = subject.substr(at, end - at);
      if (!is_find) {
        return push_captures(state, pattern, subject, whole);
      }
      lua_pushinteger(state, static_cast<lua_Integer>(at + 1));
      lua_pushinteger(state, static_cast<lua_Integer>(end));
      return 2 + (pattern.capture_count() == 0 ? 0 : push_captures(state, pattern, subject, whole));
    }
    if (is_anchored) {
      break;
    }
  }
  luaL_pushfail(state);
  return 1;
}

int find(lua_State* state) {
  return find_or_match(state, true);
}

int match(lua_State* state) {
  return find_or_match(state, false);
}

// Upvalues: subject, pattern, where to go on, where the last match ended (or -1).
int next_match(lua_State* state) {
  const std::string_view subject = text_at(state, lua_upvalueindex(1));
  const std::string_view wanted = text_at(state, lua_upvalueindex(2));
  const auto last = static_cast<std::size_t>(lua_tointeger(state, lua_upvalueindex(4)));
  LuaPattern pattern(subject, wanted, LuaState::of(state).budget());
  auto at = static_cast<std::size_t>(lua_tointeger(state, lua_upvalueindex(3)));
  for (; at <= subject.size(); ++at) {
    const std::size_t end = pattern.match(at);
    raise_problem(state, pattern);
    charge_or_raise(state, 1);
    if (end != LuaPattern::k_none && end != last) {
      lua_pushinteger(state, static_cast<lua_Integer>(end));
      lua_pushvalue(state, -1);
      lua_replace(state, lua_upvalueindex(3));
      lua_replace(state, lua_upvalueindex(4));
      return push_captures(state, pattern, subject, subject.substr(at, end - at));
    }
  }
  return 0;
}

int gmatch(lua_State* state) {
  const std::string_view subject = check_text(state, 1);
  static_cast<void>(check_text(state, 2));
  const std::size_t start = start_of(luaL_optinteger(state, 3, 1), subject.size());
  lua_settop(state, 2);
  lua_pushinteger(state, static_cast<lua_Integer>(start));
  lua_pushinteger(state, -1);
  lua_pushcclosure(state, next_match, 4);
  return 1;
}

// What stands at 3 for one match, on top of the stack; false, nil: the match stays.
struct Match {
  const LuaPattern& pattern;
  std::string_view subject;
  std::string_view whole;
};

void add_template(lua_State* state, luaL_Buffer& out, const Match& match) {
  const std::string_view text = text_at(state, 3);
  charge_or_raise(state, static_cast<std::int64_t>(text.size() / 16));
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      luaL_addchar(&out, text[i]);
      continue;
    }
    const char sign = ++i < text.size() ? text[i] : '\0';
    if (sign == '%') {
      luaL_addchar(&out, '%');
    } else if (sign == '0') {
      luaL_addlstring(&out, match.whole.data(), match.whole.size());
    } else if (sign >= '1' && sign <= '9') {
      push_capture(state, match.pattern, match.subject, static_cast<std::size_t>(sign - '1'),
                   match.whole);
      luaL_tolstring(state, -1, nullptr); // a position is a number
      lua_remove(state, -2);
      luaL_addvalue(&out);
    } else {
      luaL_error(state, "invalid use of '%%' in replacement string");
    }
  }
}

// True when the match was replaced.
bool add_replacement(lua_State* state, luaL_Buffer& out, const Match& match) {
  const int type = lua_type(state, 3);
  if (type == LUA_TSTRING) {
    add_template(state, out, match);
    return true;
  }
  if (type == LUA_TFUNCTION) {
    lua_pushvalue(state, 3);
    lua_call(state, push_captures(state, match.pattern, match.subject, match.whole), 1);
  } else {
    push_capture(state, match.pattern, match.subject, 0, match.whole);
    lua_gettable(state, 3);
  }
  if (lua_toboolean(state, -1) == 0) {
    lua_pop(state, 1);
    luaL_addlstring(&out, match.whole.data(), match.whole.size());
    return false;
  }
  if (lua_isstring(state, -1) == 0) {
    luaL_error(state, "invalid replacement value (a %s)", luaL_typename(state, -1));
  }
  luaL_addvalue(&out);
  return true;
}

int gsub(lua_State* state) {
  const std::string_view subject = check_text(state, 1);
  std::string_view wanted = check_text(state, 2);
  const int type = lua_type(state, 3);
  luaL_argexpected(state,
                   type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TFUNCTION ||
                       type == LUA_TTABLE,
                   3, "string/function/table");
  if (type == LUA_TNUMBER) {
    luaL_checklstring(state, 3, nullptr); // becomes text in place
  }
  const lua_Integer most = luaL_optinteger(state, 4, static_cast<lua_Integer>(subject.size()) + 1);
  lua_settop(state, 3);
  const bool is_anchored = wanted.starts_with('^');
  wanted.remove_prefix(is_anchored ? 1 : 0);
  LuaPattern pattern(subject, wanted, LuaState::of(state).budget());
  luaL_Buffer out;
  luaL_buffinit(state, &out);
  lua_Integer count = 0;
  std::size_t at = 0;
  std::size_t last = LuaPattern::k_none;
  while (count < most) {
    const std::size_t end = pattern.match(at);
    raise_problem(state, pattern);
    charge_or_raise(state, 1);
    if (end != LuaPattern::k_none && end != last) {
      ++count;
      add_replacement(state, out, {pattern, subject, subject.substr(at, end - at)});
      at = last = end;
    } else if (at < subject.size()) {
      luaL_addchar(&out, subject[at]);
      ++at;
    } else {
      break;
    }
    if (is_anchored) {
      break;
    }
  }
  if (at < subject.size()) {
    luaL_addlstring(&out, subject.data() + at, subject.size() - at);
  }
  luaL_pushresult(&out);
  lua_pushinteger(state, count);
  return 2;
}

// Lua's own loops as often as it is told, even when there is nothing to repeat.
int repeat(lua_State* state) {
  const std::string_view text = check_text(state, 1);
  const lua_Integer count = luaL_checkinteger(state, 2);
  std::size_t separator_size = 0;
  const char* const separator = luaL_optlstring(state, 3, "", &separator_size);
  const std::size_t each = text.size() + separator_size;
  if (count <= 0 || each == 0) {
    lua_pushliteral(state, "");
    return 1;
  }
  const Bytes most = LuaState::of(state).budget().limits().memory;
  if (static_cast<std::uint64_t>(count) > most / each) {
    return luaL_error(state, "resulting string is larger than [lua] memory allows");
  }
  charge_or_raise(state, static_cast<std::int64_t>(static_cast<std::uint64_t>(count) / 16));
  luaL_Buffer out;
  luaL_buffinit(state, &out);
  for (lua_Integer i = 0; i < count; ++i) {
    luaL_addlstring(&out, text.data(), text.size());
    if (i + 1 < count) {
      luaL_addlstring(&out, separator, separator_size);
    }
  }
  luaL_pushresult(&out);
  return 1;
}

constexpr luaL_Reg k_functions[] = {
    {"find", find}, {"match", match}, {"gmatch", gmatch},
    {"gsub", gsub}, {"rep", repeat},  {nullptr, nullptr},
};

} // namespace

void add_text_functions(lua_State* state) {
  luaL_setfuncs(state, k_functions, 0);
}

} // namespace menacedb
