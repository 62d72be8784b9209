#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/global_options.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

constexpr PositionalSpec k_positionals[] = {{"SHELL", "bash, zsh or fish"}};

constexpr ExampleSpec k_examples[] = {
    {"menacedb completion bash > ~/.local/share/bash-completion/completions/menacedb",
     "complete commands and options in bash"},
    {"menacedb completion fish | head -n 1", "look at the script for fish"},
};

[[nodiscard]] std::string option_names(std::span<const OptionSpec> options) {
  std::string names;
  for (const OptionSpec& option : options) {
    names += fmt::format("{}{}", names.empty() ? "" : " ", option.long_name());
  }
  return names;
}

[[nodiscard]] std::string command_names() {
  std::string names;
  for (const CommandSpec* const command : all_commands()) {
    names += fmt::format("{} ", command->name);
  }
  return names + "help";
}

// bash, and zsh through bashcompinit: the first word without a dash is the command.
[[nodiscard]] std::string bash_script() {
  std::string cases;
  for (const CommandSpec* const command : all_commands()) {
    cases += fmt::format("    {}) own='{}' ;;\n", command->name, option_names(command->options));
  }
  return fmt::format(R"bash(_menacedb() {{
  local word command='' own='' current="${{COMP_WORDS[COMP_CWORD]}}"
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$word" in -*) ;; *) command="$word"; break ;; esac
  done
  case "$command" in
    '') own='{}' ;;
{}  esac
  case "$command:$current" in
    :* | *:-*) COMPREPLY=($(compgen -W "$own {}" -- "$current")) ;;
    *) COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}}
complete -o filenames -F _menacedb menacedb
)bash",
                     command_names(), cases, option_names(global_options()));
}

[[nodiscard]] std::string fish_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  }
  return quoted + "'";
}

[[nodiscard]] std::string fish_option(const OptionSpec& option, std::string_view condition) {
  std::string line = fmt::format("complete -c menacedb{}", condition);
  if (option.short_name() != '\0') {
    line += fmt::format(" -s {}", option.short_name());
  }
  line += fmt::format(" -l {}", option.long_name().substr(2));
  if (!option.argument.empty() && !option.is_optional) {
    line += " -r";
  }
  return line + fmt::format(" -d {}\n", fish_quoted(option.help));
}

[[nodiscard]] std::string fish_script() {
  std::string script = "complete -c menacedb -e\n";
  for (const OptionSpec& option : global_options()) {
    script += fish_option(option, "");
  }
  for (const CommandSpec* const command : all_commands()) {
    script += fmt::format("complete -c menacedb -n __fish_use_subcommand -f -a {} -d {}\n",
                          command->name, fish_quoted(command->summary));
    for (const OptionSpec& option : command->options) {
      script +=
          fish_option(option, fmt::format(" -n '__fish_seen_subcommand_from {}'", command->name));
    }
  }
  return script;
}

int run(App& app, const Arguments& arguments) {
  const std::string shell = arguments.positional("SHELL").value_or("");
  if (shell == "bash") {
    app.printer().out(bash_script());
  } else if (shell == "zsh") {
    app.printer().out("autoload -U +X bashcompinit && bashcompinit\n" + bash_script());
  } else if (shell == "fish") {
    app.printer().out(fish_script());
  } else {
    throw Error(
        ErrorKind::usage, "argument-value",
        fmt::format("cannot complete for '{}': it is not bash, zsh or fish", printable(shell)));
  }
  app.printer().flush();
  return k_exit_done;
}

} // namespace

const CommandSpec k_completion_command = {
    .name = "completion",
    .summary = "print a script that completes commands and options in a shell",
    .usage = "bash|zsh|fish",
    .positionals = k_positionals,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
