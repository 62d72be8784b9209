#include "cli/parser.hpp"

#include "cli/global_options.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

// No parser library: CLI11 (with the <iostream> it includes) made the start of the process a
// quarter slower, which is all that `enqueue` may cost over a C program; and help, suggestions and
// error texts are ours anyway.

namespace menacedb {
namespace {

[[nodiscard]] Error usage_error(std::string_view code, std::string message, std::string hint) {
  return Error(ErrorKind::usage, code, std::move(message)).with_hint(std::move(hint));
}

[[nodiscard]] bool looks_like_number(std::string_view word) {
  return word.size() > 1 && word[0] == '-' && word[1] >= '0' && word[1] <= '9';
}

class CommandLineReader {
public:
  CommandLineReader(std::span<const char* const> words,
                    std::span<const CommandSpec* const> commands)
      : m_words(words), m_commands(commands) {}

  CommandLine read() {
    while (m_next < m_words.size() && !is_over()) {
      read_word(m_words[m_next++]);
    }
    if (!is_over()) {
      require_command();
      assign_positionals();
    }
    return std::move(m_line);
  }

private:
  [[nodiscard]] bool is_over() const {
    return m_line.wants_version || (m_line.wants_help && !m_is_help_command);
  }

  void read_word(std::string_view word) {
    if (m_options_ended || word.size() < 2 || word[0] != '-') {
      read_plain(word);
    } else if (word == "--") {
      m_options_ended = true;
    } else if (word[1] == '-') {
      read_long(word);
    } else if (looks_like_number(word) && find_short(word[1]) == nullptr) {
      read_plain(word);
    } else {
      read_short(word);
    }
  }

  void read_plain(std::string_view word) {
    if (m_line.command != nullptr) {
      m_positionals.emplace_back(word);
    } else if (word == "help" && !m_is_help_command) {
      m_is_help_command = true;
      m_line.wants_help = true;
    } else {
      m_line.command = find_command(word);
    }
  }

  void read_long(std::string_view word) {
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const OptionSpec* const option = find_long(name);
    if (option == nullptr) {
      throw unknown_option(name);
    }
    if (equals == std::string_view::npos) {
      accept(*option, std::nullopt, name);
    } else if (option->argument.empty()) {
      throw usage_error("option-value", fmt::format("option '{}' takes no argument", name),
                        help_hint());
    } else {
      accept(*option, word.substr(equals + 1), name);
    }
  }

  // A group such as -qv; the first one that takes an argument takes the rest of the word.
  void read_short(std::string_view word) {
    for (std::size_t at = 1; at < word.size(); ++at) {
      const OptionSpec* const option = find_short(word[at]);
      if (option == nullptr) {
        throw at == 1 ? unknown_option(word) : unknown_option(fmt::format("-{}", word[at]));
      }
      const std::string_view rest = word.substr(at + 1);
      const bool takes_rest = !option->argument.empty() && !rest.empty();
      accept(*option, takes_rest ? std::optional(rest) : std::nullopt, word.substr(0, at + 1));
      if (takes_rest || is_over()) {
        return;
      }
    }
  }

  void accept(const OptionSpec& option, std::optional<std::string_view> given,
              std::string_view spelled) {
    const std::string_view name = option.long_name();
    if (name == "--help" || name == "--version") {
      (name == "--help" ? m_line.wants_help : m_line.wants_version) = true;
      find_command_after_help();
      return;
    }
    if (!given && !option.argument.empty() && !option.is_optional) {
      if (m_next == m_words.size()) {
        throw usage_error(
            "option-value",
            fmt::format("option '{}' needs an argument: {}", spelled, option.argument),
            help_hint());
      }
      given = m_words[m_next++];
    }
    if (!given) {
      m_line.arguments.add_flag(name);
      return;
    }
    m_line.arguments.add(name, std::string(*given));
    if (!option.item.empty()) {
      m_line.arguments.set_item(option.item, std::string(*given));
    }
  }

  // `menacedb --help sync` is about sync.
  void find_command_after_help() {
    if (m_line.command == nullptr && m_line.wants_help && m_next < m_words.size() &&
        m_words[m_next][0] != '-') {
      m_line.command = find_command(m_words[m_next]);
    }
  }

  [[nodiscard]] const CommandSpec* find_command(std::string_view name) const {
    std::vector<std::string_view> names;
    for (const CommandSpec* const command : m_commands) {
      if (command->name == name || (command->other_spelling == name && !name.empty())) {
        return command;
      }
      names.push_back(command->name);
    }
    const std::optional<std::string> near = nearest(name, names);
    throw usage_error("unknown-command", fmt::format("unknown command '{}'", printable(name)),
                      near ? fmt::format("did you mean '{}'?", *near)
                           : std::string("menacedb --help"));
  }

  [[nodiscard]] std::span<const OptionSpec> own_options() const {
    return m_line.command == nullptr ? std::span<const OptionSpec>{} : m_line.command->options;
  }

  template <typename Matches>
  [[nodiscard]] const OptionSpec* find_option(Matches matches) const {
    for (const std::span<const OptionSpec> options : {own_options(), global_options()}) {
      for (const OptionSpec& option : options) {
        if (matches(option)) {
          return &option;
        }
      }
    }
    return nullptr;
  }

  [[nodiscard]] const OptionSpec* find_long(std::string_view name) const {
    return find_option([&](const OptionSpec& option) { return option.long_name() == name; });
  }

  [[nodiscard]] const OptionSpec* find_short(char letter) const {
    return find_option([&](const OptionSpec& option) { return option.short_name() == letter; });
  }

  [[nodiscard]] Error unknown_option(std::string_view spelled) const {
    std::vector<std::string_view> names;
    for (const std::span<const OptionSpec> options : {own_options(), global_options()}) {
      for (const OptionSpec& option : options) {
        names.push_back(option.long_name());
      }
    }
    // -verbose is a frequent way to write --verbose.
    const std::string full =
        spelled.starts_with("--") ? std::string(spelled) : fmt::format("-{}", spelled);
    const std::optional<std::string> near = full.size() > 3 ? nearest(full, names) : std::nullopt;
    return usage_error("unknown-option", fmt::format("unknown option '{}'", printable(spelled)),
                       near ? fmt::format("did you mean '{}'?", *near) : help_hint());
  }

  [[nodiscard]] std::string help_hint() const {
    return m_line.command == nullptr ? std::string("menacedb --help")
                                     : fmt::format("menacedb {} --help", m_line.command->name);
  }

  void require_command() const {
    if (m_line.command == nullptr && !m_line.wants_help) {
      throw usage_error("no-command", "no command given", "menacedb --help");
    }
  }

  // Required ones first; what is left over goes to optional ones in order, a list takes all of it.
  void assign_positionals() {
    if (m_line.wants_help) {
      return;
    }
    std::size_t required_left = 0;
    for (const PositionalSpec& spec : m_line.command->positionals) {
      required_left += spec.is_required ? 1 : 0;
    }
    std::size_t at = 0;
    for (const PositionalSpec& spec : m_line.command->positionals) {
      required_left -= spec.is_required ? 1 : 0;
      const std::size_t available = m_positionals.size() - at;
      const std::size_t spare = available > required_left ? available - required_left : 0;
      const std::size_t taken = spec.is_list ? spare : std::min<std::size_t>(spare, 1);
      if (taken == 0 && spec.is_required) {
        throw usage_error("missing-argument", fmt::format("{} is missing", spec.name), help_hint());
      }
      for (const std::size_t end = at + taken; at < end; ++at) {
        m_line.arguments.add(spec.name, std::move(m_positionals[at]));
      }
    }
    if (at < m_positionals.size()) {
      throw usage_error("unexpected-argument",
                        fmt::format("unexpected argument '{}'", printable(m_positionals[at])),
                        help_hint());
    }
  }

  std::span<const char* const> m_words;
  std::span<const CommandSpec* const> m_commands;
  std::size_t m_next = 0;
  bool m_options_ended = false;
  bool m_is_help_command = false;
  std::vector<std::string> m_positionals;
  CommandLine m_line;
};

} // namespace

CommandLine parse_command_line(std::span<const char* const> words,
                               std::span<const CommandSpec* const> commands) {
  return CommandLineReader(words, commands).read();
}

EarlyOptions read_early_options(std::span<const char* const> words) {
  EarlyOptions early;
  constexpr std::string_view k_colour = "--color";
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "--") {
      break;
    }
    if (word == "--json") {
      early.wants_json = true;
    } else if (word == k_colour && i + 1 < words.size()) {
      early.colour = words[i + 1];
    } else if (word.starts_with(k_colour) && word.substr(k_colour.size()).starts_with('=')) {
      early.colour = word.substr(k_colour.size() + 1);
    }
  }
  return early;
}

} // namespace menacedb
