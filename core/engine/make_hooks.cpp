#include "core/engine/make_hooks.hpp"

#include "core/script/lua_hooks.hpp"

namespace menacedb {

LuaLimits lua_limits(const Settings& settings) {
  return {.instructions = settings.integer("lua.instructions"),
          .memory = settings.bytes("lua.memory"),
          .time = settings.duration("lua.time")};
}

std::unique_ptr<Hooks> make_hooks(const Context& context, const OnFile& on_file) {
  const std::string& path = context.settings.text("lua.hooks");
  if (path.empty()) {
    return nullptr;
  }
  if (on_file) {
    on_file(path); // a file, or a folder, which may become the other
  }
  LuaHooksOptions options;
  options.path = path;
  options.limits = lua_limits(context.settings);
  options.max_failures = static_cast<int>(context.settings.integer("lua.max_failures"));
  return std::make_unique<LuaHooks>(LuaServices{context.fs, context.clock, context.log, on_file},
                                    options);
}

std::unique_ptr<Hooks> make_hooks_or_none(const Context& context) {
  try {
    return make_hooks(context);
  } catch (const Error& error) {
    context.log.event(LogLevel::warning, "hooks-unusable",
                      {{"reason", error.message()}, {"hint", "menacedb hook test"}});
    return nullptr;
  }
}

} // namespace menacedb
