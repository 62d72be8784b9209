#include "core/script/lua_answers.hpp"

#include "core/base/text.hpp"
#include "core/model/priority.hpp"
#include "core/script/lua_api.hpp"
#include "core/script/lua_entry.hpp"
#include "core/script/lua_json.hpp"

#include <fmt/format.h>

namespace menacedb {

void push_question(lua_State* lua, const RouteQuestion& question) {
  push_text(lua, question.table);
  push_text(lua, question.op);
  push_text(lua, question.origin);
}

void read_placement(lua_State* lua, std::optional<Placement>& placement, std::string& wrong) {
  if (lua_isnil(lua, -1)) {
    return;
  }
  if (lua_type(lua, -1) == LUA_TSTRING) {
    placement = placement_from_word(text_at(lua, -1));
  }
  if (!placement || *placement == Placement::unknown) {
    placement.reset();
    wrong = fmt::format("returned {}, expected 'shared', 'local', 'deny' or nil",
                        describe_value(lua, -1));
  }
}

void read_priority(lua_State* lua, std::optional<int>& priority, std::string& wrong) {
  if (lua_isnil(lua, -1)) {
    return;
  }
  int is_integer = 0;
  const lua_Integer number =
      lua_type(lua, -1) == LUA_TNUMBER ? lua_tointegerx(lua, -1, &is_integer) : 0;
  if (is_integer != 0 && number >= k_first_priority && number <= k_last_priority) {
    priority = static_cast<int>(number);
    return;
  }
  wrong =
      fmt::format("returned {}, expected an integer from 1 to 10 or nil", describe_value(lua, -1));
}

// The results of transform, from 1 on.
void read_transformed(lua_State* lua, const HookEntry& entry, Transformed& answer,
                      std::string& wrong) {
  if (lua_gettop(lua) == 0) {
    wrong = "returned nothing: 'return entry' keeps an entry, 'return nil' drops it";
    return;
  }
  if (lua_isnil(lua, 1)) {
    answer.kind = Transformed::Kind::dropped;
    if (lua_gettop(lua) > 1 && lua_type(lua, 2) == LUA_TSTRING) {
      answer.reason = printable(text_at(lua, 2).substr(0, 1000));
    }
    return;
  }
  if (!lua_istable(lua, 1)) {
    wrong = fmt::format("returned {}, expected an entry or nil", describe_value(lua, 1));
    return;
  }
  if (const char* const field = changed_field(lua, 1, entry)) {
    wrong = fmt::format("changed '{}' of the entry: only 'data' may be changed", field);
    return;
  }
  lua_pushstring(lua, "data");
  if (lua_rawget(lua, 1) == LUA_TNIL) {
    return; // an answer without row: nothing to change
  }
  const char* const problem =
      lua_istable(lua, -1) ? append_json(lua, -1, answer.data) : "it is no table";
  if (problem != nullptr || !answer.data.starts_with('{')) {
    wrong = fmt::format("returned an entry whose 'data' is no row: {}",
                        problem == nullptr ? "it is an array" : problem);
    return;
  }
  answer.kind = Transformed::Kind::changed;
}

void read_failure_answer(lua_State* lua, FailureAnswer& answer, std::string& wrong) {
  const std::string_view word =
      lua_type(lua, -1) == LUA_TSTRING ? text_at(lua, -1) : std::string_view();
  if (lua_isnil(lua, -1)) {
    answer = FailureAnswer::none;
  } else if (word == "retry") {
    answer = FailureAnswer::retry;
  } else if (word == "bury") {
    answer = FailureAnswer::bury;
  } else if (word == "drop") {
    answer = FailureAnswer::drop;
  } else {
    wrong = fmt::format("returned {}, expected 'retry', 'bury', 'drop' or nil",
                        describe_value(lua, -1));
  }
}

void push_error(lua_State* lua, std::string_view code, std::string_view message) {
  lua_createtable(lua, 0, 2);
  push_text(lua, code);
  lua_setfield(lua, -2, "code");
  push_text(lua, message);
  lua_setfield(lua, -2, "message");
}

void read_keep(lua_State* lua, std::optional<bool>& answer, std::string& wrong) {
  if (lua_isboolean(lua, -1)) {
    answer = lua_toboolean(lua, -1) != 0;
  } else if (!lua_isnil(lua, -1)) {
    wrong = fmt::format("returned {}, expected true, false or nil", describe_value(lua, -1));
  }
}

} // namespace menacedb
