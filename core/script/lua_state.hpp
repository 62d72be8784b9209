#pragma once

#include "core/base/log.hpp"
#include "core/os/clock.hpp"
#include "core/os/fs.hpp"
#include "core/script/lua_budget.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

struct lua_State;

namespace menacedb {

// Globals that begin with this run jobs; every policy may set them.
inline constexpr std::string_view k_lua_job_prefix = "job_";

// What scripts reach of the world, borrowed from the caller.
struct LuaServices {
  Fs& fs;
  Clock& clock;
  const Log& log;
  // Called during load() with each file before it is looked for; may be empty.
  std::function<void(const std::string& path)> on_file = {};
};

// Why a call into Lua failed.
struct LuaFault {
  std::string file; // empty when no line of a script is at fault
  int line = 0;
  std::string message;
  std::string source; // the text of the line, trimmed

  // "hooks/init.lua:3: attempt to index a nil value: `return x.y`".
  [[nodiscard]] std::string text() const;
};

// A Lua state for policies: text chunks only, an allow-list of functions, read-only libraries, no
// globals but those it is told to accept, files only through `require` and only of its folder, and
// a budget of instructions, memory and time for every call. Open from construction to destruction;
// one thread.
//
// Everything that works on the state runs in call(). No C++ object with a destructor may live in a
// function that Lua calls while Lua may raise: keep such things in the caller of call().
class LuaState {
public:
  // `folder`: where `require` finds its files.
  LuaState(const LuaServices& services, const LuaLimits& limits, std::string folder);
  ~LuaState();
  LuaState(const LuaState&) = delete;
  LuaState& operator=(const LuaState&) = delete;

  [[nodiscard]] static LuaState& of(lua_State* thread) noexcept;

  // Runs a file, whose assignments to globals that begin with `prefix`, name a hook or run jobs are
  // kept.
  // Throws Error kind config: it cannot be read, is no UTF-8, has a bad line, fails, sets others.
  void load(const std::string& path, std::string_view prefix = {});

  // Runs `work(lua_State*)` protected and under the budget. What it throws comes out again.
  template <typename Work>
  [[nodiscard]] std::optional<LuaFault> call(Work&& work) {
    using Plain = std::remove_reference_t<Work>;
    return run([](lua_State* state, void* what) { (*static_cast<Plain*>(what))(state); }, &work);
  }

  // Pushes the global of this name, nil when it was not set.
  static void push_global(lua_State* state, std::string_view name);
  [[nodiscard]] std::vector<std::string> globals_with_prefix(std::string_view prefix);

  [[nodiscard]] LuaBudget& budget() noexcept { return m_budget; }
  [[nodiscard]] const LuaServices& services() const noexcept { return m_services; }
  // Every file that was read, in the order of reading.
  [[nodiscard]] const std::vector<std::string>& files() const noexcept { return m_files; }

  // What `menacedb.now()` answers; tests may set it.
  [[nodiscard]] double now() const;
  void set_now(std::optional<double> seconds) noexcept { m_now = seconds; }

  // For the functions that scripts call.
  [[nodiscard]] bool accepts_global(std::string_view name) const;
  [[nodiscard]] bool is_loading() const noexcept { return m_is_loading; }
  // Reads a file of the folder by the name that `require` was given. The text, or null and the
  // reason in note(). Both live until the next call.
  [[nodiscard]] const std::string* read_module(std::string_view name) noexcept;
  // That the module read last is no Lua, as the message says: it is raised where the module is
  // required, and its place is in the module.
  void note_module_fault(std::string_view message) noexcept;
  [[nodiscard]] const std::string& module_path() const noexcept { return m_module_path; }
  // Says why a global may not be set.
  void explain_global(std::string_view name) noexcept;
  void set_note(std::string note) noexcept { m_note = std::move(note); }
  [[nodiscard]] const char* note() const noexcept { return m_note.c_str(); }
  void record_fault(lua_State* thread) noexcept;

private:
  using Run = void (*)(lua_State* state, void* what);
  struct Task;
  [[nodiscard]] std::optional<LuaFault> run(Run work, void* what);
  static int trampoline(lua_State* state);
  void announce(const std::string& path);
  [[nodiscard]] const std::string& read_source(const std::string& path);
  void add_source_line(LuaFault& fault) const;
  void place_syntax_fault(LuaFault& fault, const std::string& path) const;
  void place_module_fault(LuaFault& fault) const;

  LuaServices m_services;
  LuaBudget m_budget;
  std::string m_folder;
  lua_State* m_state = nullptr;
  bool m_is_loading = false;
  std::string m_prefix;
  std::vector<std::string> m_files;
  std::string m_text; // the file that was read last
  std::string m_module_path;
  std::string m_bad_module; // its path; see note_module_fault()
  std::string m_bad_module_message;
  std::string m_note;
  LuaFault m_fault;
  std::exception_ptr m_thrown;
  std::optional<double> m_now;
};

} // namespace menacedb
