#pragma once

#include "core/os/posix_fs.hpp"
#include "core/script/lua_hooks.hpp"
#include "tests/support/temp_dir.hpp"

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb::test {

// A policy folder with an init.lua, and what its hooks say.
struct PolicyBench {
  TempDir directory;
  PosixFs fs;
  SystemClock clock;
  std::vector<std::string> said;
  Log log{LogLevel::debug, LogFormat::kv,
          [this](std::string_view line) { said.emplace_back(line); }};
  LuaLimits limits;
  int max_failures = 10;

  std::string write(const std::string& name, std::string_view text) {
    const std::string path = directory / name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  // By name of a file of the folder; empty: the folder itself.
  [[nodiscard]] std::unique_ptr<LuaHooks> load(const std::string& name = {}) {
    LuaHooksOptions options;
    options.path = name.empty() ? directory.path() : directory / name;
    options.limits = limits;
    options.max_failures = max_failures;
    return std::make_unique<LuaHooks>(LuaServices{fs, clock, log}, options);
  }

  // The hooks of this text.
  [[nodiscard]] std::unique_ptr<LuaHooks> hooks(std::string_view text) {
    write("init.lua", text);
    return load();
  }
};

} // namespace menacedb::test
