// Linked with --wrap=lua_newstate: says on stderr that Lua was started, and starts it.
#include <unistd.h>

extern "C" {
struct lua_State;
using LuaAllocator = void* (*)(void* context, void* block, unsigned long held,
                               unsigned long wanted);

// The names are the linker's.
// NOLINTBEGIN
lua_State* __real_lua_newstate(LuaAllocator allocate, void* context);

lua_State* __wrap_lua_newstate(LuaAllocator allocate, void* context) {
  constexpr char k_line[] = "a Lua state is created\n";
  if (::write(STDERR_FILENO, k_line, sizeof k_line - 1) < 0) {
    return nullptr; // then Lua cannot be started, which shows as well
  }
  return __real_lua_newstate(allocate, context);
}
// NOLINTEND
}
