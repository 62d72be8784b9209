#pragma once

#include "core/policy/hooks.hpp"
#include "core/script/lua_state.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace menacedb {

struct LuaHooksOptions {
  std::string path; // a file, or a folder whose init.lua is loaded
  LuaLimits limits;
  int max_failures = 10; // in a row; then a hook is suspended
};

// The file that `path` names: itself, or init.lua in it. Throws Error kind config when it is
// neither a file nor a folder; a symlink is neither.
[[nodiscard]] std::string hooks_file(Fs& fs, const std::string& path);

// The hooks of a Lua policy. Loading throws Error kind config; answering never throws.
class LuaHooks : public Hooks {
public:
  LuaHooks(const LuaServices& services, const LuaHooksOptions& options);
  ~LuaHooks() override;

  [[nodiscard]] bool has(HookName name) const noexcept override;
  [[nodiscard]] DecidedBy decided_by(HookName name) const override;
  [[nodiscard]] std::optional<Placement> route(const RouteQuestion& question) override;
  [[nodiscard]] std::optional<int> priority(const HookEntry& entry) override;
  [[nodiscard]] Transformed transform(const HookEntry& entry) override;
  [[nodiscard]] FailureAnswer on_failed(const HookEntry& entry, std::string_view code,
                                        std::string_view message) override;
  [[nodiscard]] std::optional<bool> retain(std::string_view kind, std::string_view item) override;
  [[nodiscard]] std::vector<HookReport> report() const override;

  // Every file of the policy, for whoever watches them.
  [[nodiscard]] const std::vector<std::string>& files() const noexcept;

private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

} // namespace menacedb
