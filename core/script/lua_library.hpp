#pragma once

struct lua_State;

namespace menacedb {

// Everything that scripts may use, and nothing else: see menacedb-lua(7). Raises when memory is
// short.
void open_libraries(lua_State* state);
// Pushes the table that holds the globals themselves. Scripts see an empty one before it, so that
// every assignment is noticed.
void push_globals(lua_State* state);

// The parts. Each pushes nothing and adds functions to the table on top of the stack.
void add_base_functions(lua_State* state);
void add_coroutine_functions(lua_State* state);
void add_table_functions(lua_State* state);
void add_text_functions(lua_State* state);   // of `string`
void add_helper_functions(lua_State* state); // of `menacedb`

// JSON's null, for scripts.
void push_null(lua_State* state);
[[nodiscard]] bool is_null(lua_State* state, int index);

} // namespace menacedb
