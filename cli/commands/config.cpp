#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "core/base/error.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/config/items.hpp"
#include "core/config/setting_list.hpp"
#include "core/config/suggestions.hpp"
#include "core/engine/worker/policy_check.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

constexpr PositionalSpec k_positionals[] = {
    {.name = "ACTION", .help = "show, check or path", .words = "show check path"},
    {.name = "ARGUMENT",
     .help = "show: an item or a table of items; check: a file",
     .is_required = false,
     .words = "@keys"},
};

constexpr OptionSpec k_options[] = {
    {.name = "--origin", .help = "show: say where each value came from, and what it overrides"},
};

constexpr ExampleSpec k_examples[] = {
    {"menacedb config show", "every item with the value that counts, as TOML"},
    {"menacedb config show queue.dir --origin", "one item, and which file or variable set it"},
    {"menacedb config check", "list every problem with file, line and column"},
};

constexpr std::string_view k_schema = "menacedb.config/1";

void add_value(JsonWriter& json, const SettingValue& value) {
  switch (value.kind) {
  case SettingValue::Kind::text:
    json.value(std::string_view(value.text));
    return;
  case SettingValue::Kind::literal:
    json.raw(value.text);
    return;
  case SettingValue::Kind::list:
    json.begin_array();
    for (const std::string& element : value.list) {
      json.value(std::string_view(element));
    }
    json.end_array();
    return;
  case SettingValue::Kind::table:
    json.begin_object();
    for (const SettingValue::Member& member : value.members) {
      json.key(member.name);
      member.is_literal ? json.raw(member.text) : json.value(std::string_view(member.text));
    }
    json.end_object();
    return;
  }
}

void add_origin(JsonWriter& json, const Origin& origin) {
  json.key("origin").begin_object();
  json.member("kind", std::string_view(origin.kind)).member("at", std::string_view(origin.at));
  json.end_object();
}

void add_setting(JsonWriter& json, const Setting& setting) {
  json.begin_object().member("key", std::string_view(setting.key)).key("value");
  add_value(json, setting.value);
  add_origin(json, setting.origin);
  json.key("overrides").begin_array();
  for (const Setting& lower : setting.overrides) {
    json.begin_object().key("value");
    add_value(json, lower.value);
    add_origin(json, lower.origin);
    json.end_object();
  }
  json.end_array().end_object();
}

// A string as TOML and JSON both write it, fit for a terminal.
[[nodiscard]] std::string quoted(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  if (printable(json) == json) {
    return json;
  }
  std::string escaped;
  append_json_string(escaped, text, true);
  for (std::size_t at = escaped.find('\x7f'); at != std::string::npos; at = escaped.find('\x7f')) {
    escaped.replace(at, 1, "\\u007f");
  }
  return escaped;
}

[[nodiscard]] std::string inline_table(const std::vector<SettingValue::Member>& members) {
  std::vector<std::string> parts;
  for (const SettingValue::Member& member : members) {
    parts.push_back(
        fmt::format("{} = {}", member.name, member.is_literal ? member.text : quoted(member.text)));
  }
  return fmt::format("{{ {} }}", fmt::join(parts, ", "));
}

[[nodiscard]] std::string toml_text(const SettingValue& value) {
  switch (value.kind) {
  case SettingValue::Kind::text:
    return quoted(value.text);
  case SettingValue::Kind::literal:
    return value.text;
  case SettingValue::Kind::table:
    return inline_table(value.members);
  case SettingValue::Kind::list:
    break;
  }
  std::vector<std::string> elements;
  std::ranges::transform(value.list, std::back_inserter(elements), quoted);
  return fmt::format("[{}]", fmt::join(elements, ", "));
}

[[nodiscard]] std::string origin_text(const Origin& origin) {
  return origin.at.empty() ? origin.kind : fmt::format("{} {}", origin.kind, printable(origin.at));
}

void print_toml(Printer& printer, const Setting& setting, bool with_origin) {
  const std::string line =
      fmt::format("{} = {}", toml_key(setting.key_path), toml_text(setting.value));
  if (!with_origin) {
    printer.line(line);
    return;
  }
  printer.line(fmt::format("{}  # {}", line, origin_text(setting.origin)));
  for (const Setting& lower : setting.overrides) {
    printer.line(
        fmt::format("#   overrides {} of {}", toml_text(lower.value), origin_text(lower.origin)));
  }
}

// One item alone is for scripts: the bare value.
[[nodiscard]] std::string bare_text(const SettingValue& value) {
  return printable(value.kind == SettingValue::Kind::list
                       ? fmt::format("{}", fmt::join(value.list, ","))
                       : value.text);
}

[[nodiscard]] Error unknown_key(std::string_view key) {
  const std::string hint = suggest_item(key);
  return Error(ErrorKind::usage, "key-unknown",
               fmt::format("cannot show '{}': no such item", printable(key)))
      .with_hint(hint.empty() ? "menacedb config show" : hint);
}

[[nodiscard]] std::vector<Setting> settings_named(const Settings& settings,
                                                  const std::optional<std::string>& key) {
  std::vector<Setting> all = list_settings(settings);
  if (!key) {
    return all;
  }
  std::erase_if(all, [&](const Setting& setting) {
    return setting.key != *key && !setting.key.starts_with(*key + ".");
  });
  if (all.empty() && *key != "tables" && !key->starts_with("tables.")) {
    throw unknown_key(*key);
  }
  return all;
}

int show(App& app, const Arguments& arguments) {
  const Settings& settings = app.unchecked_settings();
  const auto key = arguments.positional("ARGUMENT");
  const std::vector<Setting> shown = settings_named(settings, key);
  if (app.wants_json()) {
    JsonWriter json;
    json.begin_object().member("schema", k_schema).key("values").begin_array();
    for (const Setting& setting : shown) {
      add_setting(json, setting);
    }
    json.end_array().end_object();
    app.printer().line(json.text());
  } else if (key && shown.size() == 1 && shown[0].key == *key && !arguments.has("--origin")) {
    app.printer().line(bare_text(shown[0].value));
  } else {
    for (const Setting& setting : shown) {
      print_toml(app.printer(), setting, arguments.has("--origin"));
    }
  }
  if (!settings.problems().empty() && !app.is_quiet()) {
    app.printer().note(fmt::format("menacedb: warning: {} in the configuration\n"
                                   "hint: menacedb config check",
                                   settings.problems().size() == 1
                                       ? "1 problem"
                                       : fmt::format("{} problems", settings.problems().size())));
  }
  return k_exit_done;
}

void add_problem(JsonWriter& json, const ConfigProblem& problem) {
  const auto add_number = [&json](std::string_view name, int number) {
    json.key(name);
    number == 0 ? json.null() : json.value(number);
  };
  json.begin_object().member("file", std::string_view(problem.file));
  add_number("line", problem.line);
  add_number("column", problem.column);
  json.member("key", std::string_view(problem.key));
  json.member("message", std::string_view(problem.message));
  json.member("hint", std::string_view(problem.hint)).end_object();
}

// Of all settings, or of a file alone: a TOML file, or a JSON table file by its name.
std::vector<ConfigProblem> problems_of(App& app, const std::optional<std::string>& file) {
  if (file && file->ends_with(".json")) {
    return check_config_file(app.fs(), *file);
  }
  ConfigSources alone;
  alone.config_file = file.value_or("");
  const Settings settings = file ? Settings::load(app.fs(), alone) : app.unchecked_settings();
  const Log silent(LogLevel::error, LogFormat::kv, [](std::string_view) {});
  return check_policy({app.fs(), app.clock(), silent, app.stop(), settings});
}

int check(App& app, const Arguments& arguments) {
  const std::vector<ConfigProblem> problems = problems_of(app, arguments.positional("ARGUMENT"));
  if (app.wants_json()) {
    JsonWriter json;
    json.begin_object().member("schema", k_schema).member("ok", problems.empty());
    json.key("problems").begin_array();
    for (const ConfigProblem& problem : problems) {
      add_problem(json, problem);
    }
    json.end_array().end_object();
    app.printer().line(json.text());
  } else {
    for (const ConfigProblem& problem : problems) {
      app.printer().line(problem_text(problem));
      if (!problem.hint.empty()) {
        app.printer().line("  hint: " + problem.hint);
      }
    }
    if (problems.empty() && !app.is_quiet()) {
      app.printer().line("no problems");
    }
  }
  return problems.empty() ? k_exit_done : exit_status(ErrorKind::config);
}

int path(App& app, const Arguments& arguments) {
  if (const auto extra = arguments.positional("ARGUMENT")) {
    throw Error(ErrorKind::usage, "usage",
                fmt::format("cannot use '{}': config path takes no argument", printable(*extra)));
  }
  const std::vector<ConfigFile>& files = app.unchecked_settings().files();
  if (app.wants_json()) {
    JsonWriter json;
    json.begin_object().member("schema", k_schema).key("files").begin_array();
    for (const ConfigFile& file : files) {
      json.begin_object().member("path", std::string_view(file.path));
      json.member("kind", std::string_view(file.kind)).member("read", file.is_read).end_object();
    }
    json.end_array().end_object();
    app.printer().line(json.text());
    return k_exit_done;
  }
  for (const ConfigFile& file : files) {
    if (file.is_read) {
      app.printer().line(printable(file.path));
    }
  }
  if (std::ranges::none_of(files, &ConfigFile::is_read) && !app.is_quiet()) {
    app.printer().note("menacedb: no configuration file is there, the defaults count\n"
                       "hint: menacedb init");
  }
  return k_exit_done;
}

int run(App& app, const Arguments& arguments) {
  const std::string action = arguments.positional("ACTION").value_or("");
  if (action == "show") {
    return show(app, arguments);
  }
  if (arguments.has("--origin")) {
    throw Error(
        ErrorKind::usage, "usage",
        fmt::format("cannot use --origin with '{}': it belongs to config show", printable(action)));
  }
  if (action == "check") {
    return check(app, arguments);
  }
  if (action == "path") {
    return path(app, arguments);
  }
  constexpr std::string_view k_actions[] = {"show", "check", "path"};
  throw Error(ErrorKind::usage, "usage",
              fmt::format("cannot run config '{}': unknown action", printable(action)))
      .with_hint(nearest(action, k_actions) ? did_you_mean(nearest(action, k_actions))
                                            : "menacedb config --help");
}

} // namespace

const CommandSpec k_config_command = {
    .name = "config",
    .summary = "show and check the settings and where they come from",
    .usage = "show [KEY] [--origin]\ncheck [FILE]\npath",
    .positionals = k_positionals,
    .options = k_options,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
