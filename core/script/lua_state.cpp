#include "core/script/lua_state.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/policy/hooks.hpp"
#include "core/script/lua_api.hpp"
#include "core/script/lua_library.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace menacedb {
namespace {

constexpr Bytes k_most_source = 1u << 20;
constexpr std::size_t k_longest_line = 120; // of a source line in a message
constexpr std::size_t k_longest_message = 1000;

int on_error(lua_State* thread) {
  LuaState::of(thread).record_fault(thread);
  return 1;
}

[[nodiscard]] bool is_module_word(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// "a.b" is a/b.lua. Nothing else than words can be said, so no name leads out of the folder.
[[nodiscard]] std::vector<std::string> module_parts(std::string_view name) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t dot = name.find('.');
    const std::string_view word = name.substr(0, dot);
    if (!is_module_word(word)) {
      return {};
    }
    parts.emplace_back(word);
    if (dot == std::string_view::npos) {
      return parts;
    }
    name.remove_prefix(dot + 1);
  }
}

} // namespace

std::string LuaFault::text() const {
  std::string all = file.empty() ? message : fmt::format("{}:{}: {}", file, line, message);
  if (!source.empty()) {
    all += fmt::format(": `{}`", source);
  }
  return all;
}

struct LuaState::Task {
  Run work = nullptr;
  void* what = nullptr;
};

LuaState::LuaState(const LuaServices& services, const LuaLimits& limits, std::string folder)
    : m_services(services), m_budget(services.clock, limits), m_folder(std::move(folder)) {
  m_state = lua_newstate(LuaBudget::allocate, &m_budget);
  if (m_state == nullptr) {
    throw Error(ErrorKind::config, "lua-memory",
                "cannot start Lua: [lua] memory is too small or none is left");
  }
  *static_cast<LuaState**>(lua_getextraspace(m_state)) = this;
  if (const auto fault = call([](lua_State* state) { open_libraries(state); })) {
    lua_close(m_state);
    throw Error(ErrorKind::config, "lua-memory",
                fmt::format("cannot start Lua: {}", fault->text()));
  }
}

LuaState::~LuaState() {
  lua_close(m_state);
}

LuaState& LuaState::of(lua_State* thread) noexcept {
  return **static_cast<LuaState**>(lua_getextraspace(thread));
}

int LuaState::trampoline(lua_State* state) {
  Task& task = *static_cast<Task*>(lua_touserdata(state, 1));
  lua_settop(state, 0);
  try {
    task.work(state, task.what);
    return 0;
  } catch (...) {
    of(state).m_thrown = std::current_exception();
  }
  lua_pushnil(state);
  return lua_error(state);
}

std::optional<LuaFault> LuaState::run(Run work, void* what) {
  Task task{work, what};
  m_fault = {};
  m_thrown = nullptr;
  m_budget.begin(m_state);
  lua_pushcfunction(m_state, on_error);
  lua_pushcfunction(m_state, trampoline);
  lua_pushlightuserdata(m_state, &task);
  const int status = lua_pcall(m_state, 1, 0, 1);
  const char* const spent = m_budget.why();
  m_budget.end();
  lua_settop(m_state, 0);
  if (m_thrown) {
    std::rethrow_exception(std::exchange(m_thrown, nullptr));
  }
  if (status == LUA_OK && spent == nullptr) {
    return std::nullopt;
  }
  if (spent != nullptr) {
    m_fault.message = spent;
  } else if (status == LUA_ERRMEM) { // the handler is not asked then
    m_fault.message = "not enough memory ([lua] memory)";
  } else if (m_fault.message.empty()) {
    m_fault.message = "the error has no message";
  }
  place_module_fault(m_fault);
  if (m_fault.source.empty()) {
    add_source_line(m_fault);
  }
  return std::move(m_fault);
}

// Runs where the error was raised, the stack still in place. Scripts cannot make it call anything:
// an error object's __tostring is not asked.
void LuaState::record_fault(lua_State* thread) noexcept {
  m_fault = {};
  lua_Debug activation{};
  for (int level = 0; lua_getstack(thread, level, &activation) == 1; ++level) {
    lua_getinfo(thread, "Sl", &activation);
    if (activation.currentline > 0 && activation.source[0] == '@') {
      m_fault.file = activation.source + 1;
      m_fault.line = activation.currentline;
      break;
    }
  }
  if (lua_type(thread, 1) != LUA_TSTRING) {
    m_fault.message = fmt::format("raised {}{} instead of text", lua_isnil(thread, 1) ? "" : "a ",
                                  luaL_typename(thread, 1));
    return;
  }
  std::string_view message = text_at(thread, 1);
  // Lua has put a shortened name and the line in front.
  const std::string position = fmt::format("{}:{}: ", activation.short_src, m_fault.line);
  if (!m_fault.file.empty() && message.starts_with(position)) {
    message.remove_prefix(position.size());
  }
  m_fault.message = message.substr(0, k_longest_message);
}

void LuaState::note_module_fault(std::string_view message) noexcept {
  m_bad_module = m_module_path;
  m_bad_module_message = message.substr(0, k_longest_message);
}

// The module's own place instead of that of the `require`, if the script let its error through.
void LuaState::place_module_fault(LuaFault& fault) const {
  if (m_bad_module.empty() || fault.message != m_bad_module_message) {
    return;
  }
  LuaFault placed;
  placed.message = fault.message;
  place_syntax_fault(placed, m_bad_module);
  if (!placed.file.empty()) {
    fault = std::move(placed);
  }
}

void LuaState::add_source_line(LuaFault& fault) const {
  if (fault.file.empty()) {
    return;
  }
  try {
    const std::string text = read_file(m_services.fs, fault.file, k_most_source);
    std::string_view rest = text;
    for (int line = 1; line < fault.line && !rest.empty(); ++line) {
      const std::size_t end = rest.find('\n');
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    fault.source = printable(trim(rest.substr(0, rest.find('\n')))).substr(0, k_longest_line);
  } catch (const Error&) {
    fault.source.clear(); // gone since it was loaded; the message stands without it
  }
}

void LuaState::announce(const std::string& path) {
  if (m_is_loading && m_services.on_file) {
    m_services.on_file(path);
  }
}

const std::string& LuaState::read_source(const std::string& path) {
  const std::optional<FileStat> found = m_services.fs.stat(path);
  if (found && found->type != FileType::regular) {
    throw Error(ErrorKind::config, "hooks-unreadable",
                fmt::format("cannot load '{}': it is no regular file", path));
  }
  m_text = read_file(m_services.fs, path, k_most_source);
  if (!is_valid_utf8(m_text)) {
    throw Error(ErrorKind::config, "hooks-unreadable",
                fmt::format("cannot load '{}': it is not UTF-8 text", path));
  }
  m_files.push_back(path);
  return m_text;
}

// A syntax error comes before anything runs: its place stands in the message alone.
void LuaState::place_syntax_fault(LuaFault& fault, const std::string& path) const {
  if (!fault.file.empty()) {
    return;
  }
  for (std::size_t at = fault.message.find(':'); at != std::string::npos;
       at = fault.message.find(':', at + 1)) {
    int line = 0;
    const char* const digits = fault.message.data() + at + 1;
    const char* const end = fault.message.data() + fault.message.size();
    const auto read = std::from_chars(digits, end, line);
    if (read.ec == std::errc() && end - read.ptr > 2 && read.ptr[0] == ':' && read.ptr[1] == ' ') {
      fault.file = path;
      fault.line = line;
      fault.message.erase(0, static_cast<std::size_t>(read.ptr - fault.message.data()) + 2);
      add_source_line(fault);
      return;
    }
  }
}

bool LuaState::accepts_global(std::string_view name) const {
  return m_is_loading && (parse_hook(name) || name.starts_with(k_lua_job_prefix) ||
                          (!m_prefix.empty() && name.starts_with(m_prefix)));
}

void LuaState::explain_global(std::string_view name) noexcept {
  try {
    m_note = fmt::format("cannot set the global '{}'", printable(name.substr(0, 100)));
    if (!m_is_loading) {
      m_note += " while a hook runs: use 'local'";
      return;
    }
    std::vector<std::string_view> words;
    for (const HookName hook : k_hook_names) {
      words.push_back(hook_word(hook));
    }
    const std::optional<std::string> near = nearest(name, words);
    m_note += near ? fmt::format(": did you mean '{}'?", *near)
                   : std::string(": it is no hook; use 'local'");
  } catch (const std::exception&) {
    m_note.clear();
  }
}

void LuaState::load(const std::string& path, std::string_view prefix) {
  m_prefix = prefix;
  m_is_loading = true;
  std::optional<LuaFault> fault;
  try {
    announce(path);
    const std::string& text = read_source(path);
    const std::string chunk = "@" + path;
    fault = call([&](lua_State* state) {
      if (luaL_loadbufferx(state, text.data(), text.size(), chunk.c_str(), "t") != LUA_OK) {
        lua_error(state);
      }
      lua_call(state, 0, 0);
    });
    m_is_loading = false;
  } catch (Error& error) {
    m_is_loading = false;
    throw Error(ErrorKind::config, "hooks-unreadable", error.message())
        .with_hint("menacedb config show lua.hooks --origin");
  }
  if (fault) {
    place_syntax_fault(*fault, path);
    throw Error(ErrorKind::config, "hooks-broken",
                fmt::format("cannot load '{}': {}", path, fault->text()))
        .with_hint("menacedb hook test");
  }
}

const std::string* LuaState::read_module(std::string_view name) noexcept {
  m_note.clear();
  try {
    const std::vector<std::string> parts = module_parts(name);
    if (parts.empty() || name.size() > 200) {
      m_note = "a module is named by words and dots: 'rules.prefixes' is rules/prefixes.lua";
      return nullptr;
    }
    m_module_path = m_folder;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const bool is_file = i + 1 == parts.size();
      m_module_path = join_path(m_module_path, is_file ? parts[i] + ".lua" : parts[i]);
      announce(m_module_path);
      const std::optional<FileStat> found = m_services.fs.stat(m_module_path);
      const FileType wanted = is_file ? FileType::regular : FileType::directory;
      if (!found || found->type != wanted) {
        m_note = fmt::format("'{}' {}", m_module_path,
                             found ? "is no plain file or folder of the policy" : "is not there");
        return nullptr;
      }
    }
    return &read_source(m_module_path);
  } catch (const std::exception& error) {
    m_note = error.what();
  }
  return nullptr;
}

double LuaState::now() const {
  return m_now.value_or(static_cast<double>(m_services.clock.now().time_since_epoch().count()) /
                        1e6);
}

void LuaState::push_global(lua_State* state, std::string_view name) {
  push_globals(state);
  push_text(state, name);
  lua_rawget(state, -2);
  lua_remove(state, -2);
}

std::vector<std::string> LuaState::globals_with_prefix(std::string_view prefix) {
  std::vector<std::string> names;
  const auto fault = call([&](lua_State* state) {
    push_globals(state);
    lua_pushnil(state);
    while (lua_next(state, -2) != 0) {
      if (lua_isfunction(state, -1) && text_at(state, -2).starts_with(prefix)) {
        names.emplace_back(text_at(state, -2));
      }
      lua_pop(state, 1);
    }
  });
  if (fault) {
    throw Error(ErrorKind::config, "hooks-broken", fault->text());
  }
  std::ranges::sort(names);
  return names;
}

} // namespace menacedb
