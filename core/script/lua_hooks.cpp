#include "core/script/lua_hooks.hpp"

#include "core/base/error.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/script/lua_answers.hpp"
#include "core/script/lua_api.hpp"
#include "core/script/lua_entry.hpp"
#include "core/script/lua_json.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace menacedb {
namespace {

constexpr std::size_t index_of_hook(HookName name) noexcept {
  return static_cast<std::size_t>(name);
}

std::string quoted(std::string_view text) {
  std::string json;
  append_json_string(json, text.substr(0, 200));
  return json;
}

// What the hook was asked, for messages; payloads stay out of them.
std::string arguments_of(const HookEntry& entry) {
  return fmt::format("{{id={}, table={}, op={}, origin={}}}", quoted(entry.id), quoted(entry.table),
                     quoted(entry.op), quoted(entry.origin));
}

} // namespace

std::string hooks_file(Fs& fs, const std::string& path) {
  const std::optional<FileStat> found = fs.stat(path);
  if (!found) {
    throw Error(ErrorKind::config, "hooks-missing",
                fmt::format("cannot load hooks '{}': no such file or folder", path))
        .with_hint("menacedb config show lua.hooks --origin");
  }
  if (found->type == FileType::directory) {
    return join_path(path, "init.lua");
  }
  if (found->type == FileType::symlink) {
    throw Error(ErrorKind::config, "hooks-symlink",
                fmt::format("cannot load hooks '{}': it is a symlink", path))
        .with_hint("menacedb config show lua.hooks --origin");
  }
  return path;
}

struct LuaHooks::Impl {
  struct Hook {
    bool is_defined = false;
    int reference = LUA_NOREF;
    HookReport report;
    int failures_in_a_row = 0;
  };

  const LuaServices services;
  const int max_failures;
  LuaState state;
  std::array<Hook, std::size(k_hook_names)> hooks;

  Impl(const LuaServices& given, const LuaHooksOptions& options, const std::string& file)
      : services(given),
        max_failures(options.max_failures),
        state(given, options.limits, parent_directory(file)) {
    state.load(file);
    for (const HookName name : k_hook_names) {
      find(name);
    }
  }

  Hook& of(HookName name) { return hooks[index_of_hook(name)]; }
  [[nodiscard]] const Hook& of(HookName name) const { return hooks[index_of_hook(name)]; }

  void find(HookName name) {
    Hook& hook = of(name);
    hook.report.name = name;
    const auto fault = state.call([&](lua_State* lua) {
      LuaState::push_global(lua, hook_word(name));
      if (!lua_isfunction(lua, -1)) {
        return;
      }
      lua_pushvalue(lua, -1);
      hook.reference = luaL_ref(lua, LUA_REGISTRYINDEX);
      lua_Debug activation{};
      lua_getinfo(lua, ">S", &activation);
      hook.is_defined = true;
      if (activation.source[0] == '@') {
        hook.report.file = activation.source + 1;
        hook.report.line = activation.linedefined;
      }
    });
    if (fault) {
      throw Error(ErrorKind::config, "hooks-broken", fault->text());
    }
  }

  // Calls a hook: `push` its arguments and say how many, `read` its results, of which `results`
  // are made. False: it is not to be asked, or it failed.
  template <typename Push, typename Read, typename Say>
  bool ask(HookName name, int results, Push&& push, Read&& read, Say&& say) {
    Hook& hook = of(name);
    if (!hook.is_defined || hook.report.is_suspended) {
      return false;
    }
    ++hook.report.calls;
    const std::optional<LuaFault> fault = run(hook, results, push, read);
    if (!fault) {
      hook.failures_in_a_row = 0;
      return true;
    }
    note_failure(hook, fmt::format("{} (called as {}({}))", fault->text(), hook_word(name), say()));
    return false;
  }

  template <typename Push, typename Read>
  std::optional<LuaFault> run(Hook& hook, int results, Push&& push, Read&& read) {
    std::string wrong; // what the hook answered, when it is no answer
    std::optional<LuaFault> fault = state.call([&](lua_State* lua) {
      lua_rawgeti(lua, LUA_REGISTRYINDEX, hook.reference);
      const int count = push(lua);
      lua_call(lua, count, results);
      read(lua, wrong);
    });
    if (hook.report.name != HookName::route) {
      // Its own call: it must happen whatever became of the one before.
      static_cast<void>(state.call([](lua_State* lua) { end_objects(lua); }));
    }
    if (!fault && !wrong.empty()) {
      fault.emplace();
      fault->message = std::move(wrong);
    }
    if (fault && fault->file.empty()) { // where memory ran out nobody can say
      fault->file = hook.report.file;
      fault->line = hook.report.line;
    }
    return fault;
  }

  void note_failure(Hook& hook, std::string text) {
    ++hook.report.failures;
    ++hook.failures_in_a_row;
    hook.report.is_suspended = hook.failures_in_a_row >= max_failures;
    hook.report.last_error = printable(text);
    const bool is_news = hook.report.failures == 1 || hook.report.is_suspended;
    services.log.event(is_news ? LogLevel::warning : LogLevel::info,
                       hook.report.is_suspended ? "hook-suspended" : "hook-failed",
                       {{"hook", std::string(hook_word(hook.report.name))},
                        {"error", hook.report.last_error},
                        {"failures", std::to_string(hook.report.failures)}});
  }
};

LuaHooks::LuaHooks(const LuaServices& services, const LuaHooksOptions& options)
    : m_impl(std::make_unique<Impl>(services, options, hooks_file(services.fs, options.path))) {}
LuaHooks::~LuaHooks() = default;

bool LuaHooks::has(HookName name) const noexcept {
  const Impl::Hook& hook = m_impl->of(name);
  return hook.is_defined && !hook.report.is_suspended;
}

DecidedBy LuaHooks::decided_by(HookName name) const {
  const HookReport& report = m_impl->of(name).report;
  return {"lua", fmt::format("{}:{}", report.file, report.line)};
}

std::vector<HookReport> LuaHooks::report() const {
  std::vector<HookReport> reports;
  for (const Impl::Hook& hook : m_impl->hooks) {
    if (hook.is_defined) {
      reports.push_back(hook.report);
    }
  }
  return reports;
}

const std::vector<std::string>& LuaHooks::files() const noexcept {
  return m_impl->state.files();
}

namespace {

void require_parsed(lua_State* lua, const ParsedEntry& parsed) {
  if (!parsed.problem.empty()) {
    luaL_error(lua, "%s", parsed.problem.c_str());
  }
}

} // namespace

std::optional<Placement> LuaHooks::route(const RouteQuestion& question) {
  std::optional<Placement> placement;
  m_impl->ask(
      HookName::route, 1,
      [&](lua_State* lua) {
        push_question(lua, question);
        return 3;
      },
      [&](lua_State* lua, std::string& wrong) { read_placement(lua, placement, wrong); },
      [&] {
        return fmt::format("{}, {}, {}", quoted(question.table), quoted(question.op),
                           quoted(question.origin));
      });
  return placement;
}

std::optional<int> LuaHooks::priority(const HookEntry& entry) {
  std::optional<int> priority;
  if (!has(HookName::priority)) {
    return priority;
  }
  const ParsedEntry parsed(entry);
  m_impl->ask(
      HookName::priority, 1,
      [&](lua_State* lua) {
        require_parsed(lua, parsed);
        push_entry(lua, entry, parsed);
        return 1;
      },
      [&](lua_State* lua, std::string& wrong) { read_priority(lua, priority, wrong); },
      [&] { return arguments_of(entry); });
  return priority;
}

Transformed LuaHooks::transform(const HookEntry& entry) {
  Transformed answer;
  if (!has(HookName::transform)) {
    return answer;
  }
  const ParsedEntry parsed(entry);
  const bool is_answered = m_impl->ask(
      HookName::transform, LUA_MULTRET,
      [&](lua_State* lua) {
        require_parsed(lua, parsed);
        push_entry(lua, entry, parsed);
        return 1;
      },
      [&](lua_State* lua, std::string& wrong) { read_transformed(lua, entry, answer, wrong); },
      [&] { return arguments_of(entry); });
  if (!is_answered) {
    return {};
  }
  if (answer.kind == Transformed::Kind::changed) {
    std::optional<std::string> merged = merge_changes(parsed, answer.data);
    answer.kind = merged ? Transformed::Kind::changed : Transformed::Kind::unchanged;
    answer.data = std::move(merged).value_or("");
  }
  return answer;
}

FailureAnswer LuaHooks::on_failed(const HookEntry& entry, std::string_view code,
                                  std::string_view message) {
  FailureAnswer answer = FailureAnswer::none;
  if (!has(HookName::on_failed)) {
    return answer;
  }
  const ParsedEntry parsed(entry);
  m_impl->ask(
      HookName::on_failed, 1,
      [&](lua_State* lua) {
        require_parsed(lua, parsed);
        push_entry(lua, entry, parsed);
        push_error(lua, code, message);
        return 2;
      },
      [&](lua_State* lua, std::string& wrong) { read_failure_answer(lua, answer, wrong); },
      [&] { return fmt::format("{}, {{code={}}}", arguments_of(entry), quoted(code)); });
  return answer;
}

namespace {

// Of an item; what else is known of it may be a payload.
std::string_view name_in(const ParsedEntry& item) {
  const auto node = item.data ? item.tape.find(*item.data, "name") : std::nullopt;
  return node && item.tape.at(*node).type == JsonType::string ? item.tape.at(*node).text
                                                              : std::string_view();
}

} // namespace

std::optional<bool> LuaHooks::retain(std::string_view kind, std::string_view item) {
  std::optional<bool> answer;
  if (!m_impl->of(HookName::retain).is_defined) {
    return answer;
  }
  HookEntry holder; // its one JSON part
  holder.data = item;
  const ParsedEntry parsed(holder);
  const bool is_answered = m_impl->ask(
      HookName::retain, 1,
      [&](lua_State* lua) {
        require_parsed(lua, parsed);
        push_text(lua, kind);
        parsed.data ? push_json(lua, parsed.tape, *parsed.data) : lua_pushnil(lua);
        return 2;
      },
      [&](lua_State* lua, std::string& wrong) { read_keep(lua, answer, wrong); },
      [&] { return fmt::format("{}, {{name={}}}", quoted(kind), quoted(name_in(parsed))); });
  return is_answered ? answer : true;
}

} // namespace menacedb
