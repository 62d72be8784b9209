#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "core/base/error.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/engine/drain/hook_state.hpp"
#include "core/engine/make_hooks.hpp"
#include "core/engine/worker/hook_tests.hpp"
#include "core/script/hook_by_hand.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

constexpr PositionalSpec k_positionals[] = {
    {.name = "ACTION", .help = "list, test or call", .words = "list test call"},
    {.name = "ARGUMENT",
     .help = "test: files or folders of tests; call: the hook, and a JSON object for it",
     .is_required = false,
     .is_list = true},
};

constexpr ExampleSpec k_examples[] = {
    {"menacedb hook list", "the hooks of the policy, and how they have done"},
    {"menacedb hook test", "run the tests beside the hooks"},
    {R"(menacedb hook call route '{"table":"alerts"}')", "ask one hook by hand"},
};

constexpr std::string_view k_schema = "menacedb.hook/1";

[[nodiscard]] std::unique_ptr<Hooks> require_hooks(const Context& context) {
  std::unique_ptr<Hooks> hooks = make_hooks(context);
  if (!hooks) {
    throw Error(ErrorKind::config, "no-hooks", "cannot use hooks: none are configured")
        .with_hint("menacedb config show lua.hooks --origin");
  }
  return hooks;
}

[[nodiscard]] std::string_view state_word(const HookReport& report) {
  return report.is_suspended ? "suspended" : "active";
}

int list(App& app, const std::vector<std::string>& words) {
  if (!words.empty()) {
    throw Error(
        ErrorKind::usage, "usage",
        fmt::format("cannot use '{}': hook list takes no argument", printable(words.front())));
  }
  const Context context = app.context();
  const bool is_configured = !context.settings.text("lua.hooks").empty();
  std::vector<HookReport> reports;
  if (is_configured) {
    reports = with_recorded_counts(context, make_hooks(context)->report());
  }
  if (app.wants_json()) {
    JsonWriter json;
    json.begin_object().member("schema", k_schema).key("hooks").begin_array();
    for (const HookReport& report : reports) {
      add_hook(json, report);
    }
    json.end_array().end_object();
    app.printer().line(json.text());
    return k_exit_done;
  }
  std::vector<std::vector<std::string>> rows;
  for (const HookReport& report : reports) {
    rows.push_back({std::string(hook_word(report.name)),
                    fmt::format("{}:{}", report.file, report.line), std::to_string(report.calls),
                    std::to_string(report.failures), std::string(state_word(report)),
                    report.last_error.empty() ? "-" : report.last_error});
  }
  if (!rows.empty()) {
    app.printer().table({"hook", "defined at", "calls", "failures", "state", "last error"}, rows);
  } else if (!app.is_quiet()) {
    app.printer().note(is_configured ? "menacedb: the policy defines no hook"
                                     : "menacedb: no hooks are configured\n"
                                       "hint: menacedb config show lua.hooks --origin");
  }
  return k_exit_done;
}

void print_tests_json(App& app, const std::vector<HookTestResult>& results, std::uint64_t failed) {
  JsonWriter json;
  json.begin_object().member("schema", k_schema);
  json.member("passed", static_cast<std::uint64_t>(results.size()) - failed);
  json.member("failed", failed).key("failures").begin_array();
  for (const HookTestResult& result : results) {
    if (!result.has_passed) {
      json.begin_object().member("file", std::string_view(result.file));
      json.member("test", std::string_view(result.name));
      json.member("message", std::string_view(result.message)).end_object();
    }
  }
  app.printer().line(json.end_array().end_object().text());
}

int test(App& app, const std::vector<std::string>& files) {
  const std::vector<HookTestResult> results = test_hooks(app.context(), files);
  const auto failed =
      static_cast<std::uint64_t>(std::ranges::count(results, false, &HookTestResult::has_passed));
  if (app.wants_json()) {
    print_tests_json(app, results, failed);
    return failed == 0 ? k_exit_done : k_exit_some_failed;
  }
  std::vector<std::vector<std::string>> rows;
  for (const HookTestResult& result : results) {
    rows.push_back({result.file, result.name.empty() ? "-" : result.name,
                    result.has_passed ? "passed" : "FAILED"});
  }
  app.printer().table({"file", "test", "result"}, rows);
  for (const HookTestResult& result : results) {
    if (!result.has_passed) {
      app.printer().line(printable(result.message));
    }
  }
  app.printer().line(fmt::format("{} passed, {} failed", results.size() - failed, failed));
  return failed == 0 ? k_exit_done : k_exit_some_failed;
}

int call(App& app, const std::vector<std::string>& words) {
  if (words.empty() || words.size() > 2) {
    throw Error(ErrorKind::usage, "usage", "cannot call a hook: name it, with one JSON object")
        .with_hint(R"(menacedb hook call route '{"table":"alerts"}')");
  }
  const std::optional<HookName> name = parse_hook(words[0]);
  if (!name) {
    throw Error(ErrorKind::usage, "hook-unknown",
                fmt::format("cannot call the hook '{}': it is route, priority, transform, "
                            "on_failed or retain",
                            printable(words[0])));
  }
  const Context context = app.context();
  const std::unique_ptr<Hooks> hooks = require_hooks(context);
  const std::string result =
      call_hook_by_hand(*hooks, *name, words.size() > 1 ? std::string_view(words[1]) : "{}");
  if (app.wants_json()) {
    JsonWriter json;
    json.begin_object().member("schema", k_schema).key("result").raw(result).end_object();
    app.printer().line(json.text());
  } else {
    app.printer().line(result);
  }
  return k_exit_done;
}

int run(App& app, const Arguments& arguments) {
  const std::string action = arguments.positional("ACTION").value_or("");
  const std::vector<std::string> words = arguments.values("ARGUMENT");
  if (action == "list") {
    return list(app, words);
  }
  if (action == "test") {
    return test(app, words);
  }
  if (action == "call") {
    return call(app, words);
  }
  throw Error(ErrorKind::usage, "usage",
              fmt::format("cannot '{}' hooks: the action is list, test or call", printable(action)))
      .with_hint("menacedb hook --help");
}

} // namespace

const CommandSpec k_hook_command = {
    .name = "hook",
    .summary = "list, test and call the Lua hooks of the policy",
    .usage = "list\ntest [FILE...]\ncall NAME [JSON]",
    .positionals = k_positionals,
    .options = {},
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
