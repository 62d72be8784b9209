#pragma once

#include "core/base/json.hpp"

#include <string>
#include <string_view>

struct lua_State;

namespace menacedb {

// JSON and Lua values. null is menacedb.null, integers of 64 bits stay exact, larger ones are
// objects that only keep their text, arrays are tables with a mark, so that an empty one stays one.

constexpr unsigned k_json_depth = 100; // a hook cannot go deeper

// Pushes a value of a tape that was parsed to that depth. Every table it makes is put into the list
// of push_objects(). Raises when memory or the budget is short or the value is nested too deep.
void push_json(lua_State* state, const JsonTape& tape, std::uint32_t node);

// Appends the value at `index` as JSON with sorted keys. Never raises; null or what is wrong.
[[nodiscard]] const char* append_json(lua_State* state, int index, std::string& out);

// Marks the table on top of the stack as an array.
void mark_array(lua_State* state);

// The objects that a hook was given live as long as its call: afterwards they are emptied, and
// using one raises. Raises itself only without budget.
void keep_object(lua_State* state); // the table on top of the stack
void end_objects(lua_State* state);

// The shortest text that says what a value is, for messages; at most about 200 bytes.
[[nodiscard]] std::string describe_value(lua_State* state, int index);

} // namespace menacedb
