#pragma once

#include "core/engine/context.hpp"
#include "core/policy/hooks.hpp"
#include "core/script/lua_state.hpp"

#include <functional>
#include <memory>
#include <string>

namespace menacedb {

[[nodiscard]] LuaLimits lua_limits(const Settings& settings);

// The hooks of [lua] hooks; null when none are configured, and then nothing of Lua is touched.
// Throws Error kind config when they cannot be loaded. Borrows the context's parts. `on_file` is
// told each file before it is looked for.
using OnFile = std::function<void(const std::string& path)>;
[[nodiscard]] std::unique_ptr<Hooks> make_hooks(const Context& context, const OnFile& on_file = {});

// The same for producers, whose entries must not be lost to a typo: hooks that cannot be loaded are
// logged, and the settings decide alone.
[[nodiscard]] std::unique_ptr<Hooks> make_hooks_or_none(const Context& context);

} // namespace menacedb
