#pragma once

#include "core/base/time.hpp"
#include "core/script/lua_state.hpp"

#include <string>
#include <vector>

namespace menacedb {

struct HookTestResult {
  std::string file;
  std::string name; // of the function; empty: the file itself could not be loaded
  bool has_passed = false;
  std::string message; // why not
  Duration elapsed{};
};

// The tests of one file: its global functions test_*, in the order of their names, with the hooks
// of `hooks` (a Lua file; empty: none) loaded before it, each under a budget of its own. `expect`
// has equal(actual, expected), truthy(value), error(function, text) and now(seconds), which sets
// what menacedb.now() answers until the test ends. Never throws for what a script does.
[[nodiscard]] std::vector<HookTestResult> run_hook_tests(const LuaServices& services,
                                                         const LuaLimits& limits,
                                                         const std::string& file,
                                                         const std::string& hooks);

} // namespace menacedb
