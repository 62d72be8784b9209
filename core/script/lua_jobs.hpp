#pragma once

#include "core/script/lua_state.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace menacedb {

// One attempt at a job, as a script sees it.
struct LuaJob {
  std::int64_t id = 0;
  std::string_view type;
  std::string_view payload; // JSON
  std::uint64_t attempt = 1;
  Duration timeout{}; // of the attempt, within the budget's time; 0: that alone
};

struct LuaJobResult {
  enum class Kind { done, retry, failed };
  Kind kind = Kind::done;
  std::string message; // why it is not done; fit for a terminal
};

// The functions of one Lua file that run jobs, in the sandbox of hooks and with its budgets, each
// call by itself. One thread.
class LuaJobs {
public:
  // `path`: a file, or a folder whose init.lua is loaded. Throws Error kind config.
  LuaJobs(const LuaServices& services, const LuaLimits& limits, const std::string& path);

  // Throws Error kind config when the file has no such function.
  void expect(const std::string& function);
  // nil and true say that it is done, "retry" asks for another attempt, false and whatever the
  // function raises fail this one; a second result says why. Throws nothing.
  [[nodiscard]] LuaJobResult run(const std::string& function, const LuaJob& job);

private:
  std::string m_file;
  LuaState m_state;
};

} // namespace menacedb
