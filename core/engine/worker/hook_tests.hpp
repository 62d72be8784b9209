#pragma once

#include "core/engine/context.hpp"
#include "core/script/lua_tests.hpp"

#include <string>
#include <vector>

namespace menacedb {

// Runs the given test files, or those of the given folders; without any, the files *_test.lua
// beside the hooks. NAME_test.lua runs with NAME.lua beside it when that is there, else with the
// configured hooks. Throws Error: usage when there is nothing to test, bad_input for a file that is
// not there.
[[nodiscard]] std::vector<HookTestResult> test_hooks(const Context& context,
                                                     const std::vector<std::string>& files);

} // namespace menacedb
