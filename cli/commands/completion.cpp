#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/completion_scripts.hpp"
#include "cli/exit_code.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/config/items.hpp"
#include "core/engine/make_router.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

constexpr PositionalSpec k_positionals[] = {
    {.name = "SHELL", .help = "bash, zsh or fish", .is_required = false, .words = "bash zsh fish"}};

constexpr OptionSpec k_options[] = {
    {.name = "--names",
     .argument = "KIND",
     .help =
         "instead: the names of a kind (tables, keys, commands), one a line, as the scripts ask",
     .words = "tables keys commands"},
};

constexpr ExampleSpec k_examples[] = {
    {"menacedb completion bash > ~/.local/share/bash-completion/completions/menacedb",
     "complete commands, options and names in bash"},
    {"menacedb completion fish | head -n 1", "look at the script for fish"},
};

[[nodiscard]] std::string script_for(const std::string& shell) {
  if (shell == "bash") {
    return bash_completion();
  }
  if (shell == "zsh") {
    return "autoload -U +X bashcompinit && bashcompinit\n" + bash_completion();
  }
  if (shell == "fish") {
    return fish_completion();
  }
  throw Error(
      ErrorKind::usage, "argument-value",
      fmt::format("cannot complete for '{}': it is not bash, zsh or fish", printable(shell)));
}

// Names that a shell would take apart are left out: nobody completes them.
void add_name(std::string& out, std::string_view name) {
  constexpr std::string_view k_plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  if (!name.empty() && name.find_first_not_of(k_plain) == std::string_view::npos) {
    out.append(name).push_back('\n');
  }
}

[[nodiscard]] std::string names_of(App& app, std::string_view kind) {
  std::string names;
  if (kind == "tables") {
    for (const auto& [table, route] : make_router(app.settings()).declared()) {
      if (route.placement != Placement::deny) {
        add_name(names, table);
      }
    }
  } else if (kind == "keys") {
    for (const Item& item : config_items()) {
      add_name(names, item.key);
    }
  } else {
    for (const CommandSpec* const command : all_commands()) {
      add_name(names, command->name);
    }
  }
  return names;
}

int run(App& app, const Arguments& arguments) {
  const auto kind = arguments.word("--names", "tables|keys|commands");
  const auto shell = arguments.positional("SHELL");
  if (kind.has_value() == shell.has_value()) {
    throw Error(ErrorKind::usage, "usage", "cannot complete: name a shell, or --names and a kind")
        .with_hint("menacedb completion bash");
  }
  app.printer().out(kind ? names_of(app, *kind) : script_for(*shell));
  app.printer().flush();
  return k_exit_done;
}

} // namespace

const CommandSpec k_completion_command = {
    .name = "completion",
    .summary = "print a script that completes commands, options and names in a shell",
    .usage = "bash|zsh|fish\n--names tables|keys|commands",
    .positionals = k_positionals,
    .options = k_options,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
