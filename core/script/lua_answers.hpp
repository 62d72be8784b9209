#pragma once

#include "core/policy/hooks.hpp"

#include <optional>
#include <string>
#include <string_view>

struct lua_State;

namespace menacedb {

// The arguments of hooks, pushed, and their results, read. An answer of the wrong type is described
// in `wrong`. Reading raises nothing.

void push_question(lua_State* lua, const RouteQuestion& question);
void push_error(lua_State* lua, std::string_view code, std::string_view message);

// The result is on top of the stack.
void read_placement(lua_State* lua, std::optional<Placement>& placement, std::string& wrong);
void read_priority(lua_State* lua, std::optional<int>& priority, std::string& wrong);
void read_failure_answer(lua_State* lua, FailureAnswer& answer, std::string& wrong);
void read_keep(lua_State* lua, std::optional<bool>& answer, std::string& wrong);
// The results are the whole stack.
void read_transformed(lua_State* lua, const HookEntry& entry, Transformed& answer,
                      std::string& wrong);

} // namespace menacedb
