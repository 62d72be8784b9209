#include "cli/commands/completion_scripts.hpp"

#include "cli/commands/commands.hpp"
#include "cli/global_options.hpp"
#include "core/config/items.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

[[nodiscard]] std::string_view words_of(const OptionSpec& option) {
  const Item* const item = option.words.empty() ? find_item(option.item) : nullptr;
  return item != nullptr ? item->words : option.words;
}

// How the shell gets at the words: as they stand, or by asking for the names of a kind.
[[nodiscard]] std::string listed(std::string_view words, std::string_view ask) {
  if (!words.starts_with('@')) {
    return std::string(words);
  }
  return fmt::format("{}menacedb completion --names {} 2>/dev/null)", ask, words.substr(1));
}

[[nodiscard]] std::string bash_words(std::string_view words) {
  return fmt::format("\"{}\"", listed(words, "$("));
}

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

// Cases of `command:previous word` for options whose argument is known.
[[nodiscard]] std::string bash_arguments(std::string_view command,
                                         std::span<const OptionSpec> options) {
  std::string cases;
  for (const OptionSpec& option : options) {
    if (const std::string_view words = words_of(option); !words.empty() && !option.is_optional) {
      cases +=
          fmt::format("    {}:{}) words={} ;;\n", command, option.long_name(), bash_words(words));
    }
  }
  return cases;
}

// Cases of `command:place` for positionals with known words; a list goes on for ever.
[[nodiscard]] std::string bash_positionals(const CommandSpec& command) {
  std::string cases;
  for (std::size_t i = 0; i < command.positionals.size(); ++i) {
    const PositionalSpec& positional = command.positionals[i];
    if (!positional.words.empty()) {
      cases += fmt::format("    {}:{}) words={} ;;\n", command.name,
                           positional.is_list ? std::string("*") : std::to_string(i),
                           bash_words(positional.words));
    }
  }
  return cases;
}

[[nodiscard]] std::string fish_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  }
  return quoted + "'";
}

[[nodiscard]] std::string fish_words(std::string_view words) {
  return words.empty() ? std::string() : fmt::format(" -f -a {}", fish_quoted(listed(words, "(")));
}

[[nodiscard]] std::string fish_option(const OptionSpec& option, std::string_view condition) {
  std::string line = fmt::format("complete -c menacedb{}", condition);
  if (option.short_name() != '\0') {
    line += fmt::format(" -s {}", option.short_name());
  }
  line += fmt::format(" -l {}", option.long_name().substr(2));
  if (!option.argument.empty() && !option.is_optional) {
    line += " -r" + fish_words(words_of(option));
  }
  return line + fmt::format(" -d {}\n", fish_quoted(option.help));
}

[[nodiscard]] std::string fish_command(const CommandSpec& command) {
  std::string script = fmt::format("complete -c menacedb -n __fish_use_subcommand -f -a {} -d {}\n",
                                   command.name, fish_quoted(command.summary));
  const std::string condition = fmt::format(" -n '__fish_seen_subcommand_from {}'", command.name);
  for (const OptionSpec& option : command.options) {
    script += fish_option(option, condition);
  }
  for (const PositionalSpec& positional : command.positionals) {
    if (!positional.words.empty()) {
      script += fmt::format("complete -c menacedb{}{}\n", condition, fish_words(positional.words));
    }
  }
  return script;
}

} // namespace

// The first word without a dash is the command; those behind it are counted.
std::string bash_completion() {
  std::string options;
  std::string arguments = bash_arguments("*", global_options());
  std::string positionals = "    :*) words=\"" + command_names() + "\" ;;\n";
  for (const CommandSpec* const command : all_commands()) {
    options += fmt::format("    {}) own='{}' ;;\n", command->name, option_names(command->options));
    arguments += bash_arguments(command->name, command->options);
    positionals += bash_positionals(*command);
  }
  return fmt::format(R"bash(_menacedb() {{
  local word command='' own='' words='' place=0
  local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}"
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$word" in
      -*) ;;
      *) if [ -z "$command" ]; then command="$word"; else place=$((place + 1)); fi ;;
    esac
  done
  case "$command" in
{}  esac
  case "$command:$previous" in
{}  esac
  if [ -z "$words" ]; then
    case "$current" in
    -*) words="$own {}" ;;
    *)
    case "$command:$place" in
{}    esac ;;
    esac
  fi
  if [ -n "$words" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}}
complete -o filenames -F _menacedb menacedb
)bash",
                     options, arguments, option_names(global_options()), positionals);
}

std::string fish_completion() {
  std::string script = "complete -c menacedb -e\n";
  for (const OptionSpec& option : global_options()) {
    script += fish_option(option, "");
  }
  for (const CommandSpec* const command : all_commands()) {
    script += fish_command(*command);
  }
  return script;
}

} // namespace menacedb
