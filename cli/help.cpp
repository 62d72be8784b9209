#include "cli/help.hpp"

#include "cli/global_options.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace menacedb {
namespace {

constexpr std::size_t k_line_width = 79;
constexpr std::size_t k_widest_name = 24;

struct Item {
  std::string name;
  std::string text;
};

// "-n, --lines N", "--wait[=D]".
[[nodiscard]] std::string spelled(const OptionSpec& option) {
  std::string name;
  if (option.short_name() != '\0') {
    name = fmt::format("-{}, ", option.short_name());
  }
  name += option.long_name();
  if (option.argument.empty()) {
    return name;
  }
  return name +
         (option.is_optional ? fmt::format("[={}]", option.argument)
                             : fmt::format(" {}", option.argument)) +
         (option.is_list ? "..." : "");
}

// Summaries stand alone, as sentences without a full stop.
[[nodiscard]] std::string capitalised(std::string_view text) {
  std::string result(text);
  if (!result.empty() && result[0] >= 'a' && result[0] <= 'z') {
    result[0] = static_cast<char>(result[0] - 'a' + 'A');
  }
  return result;
}

// The words of `text`, broken into lines that fit beside an indent.
void append_wrapped(std::string& out, std::string_view text, std::size_t indent) {
  std::size_t column = indent;
  for (const std::string& word : split_list(text, ' ')) {
    if (column != indent && column + 1 + word.size() > k_line_width) {
      out += '\n';
      out.append(indent, ' ');
      column = indent;
    }
    if (column != indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  out += '\n';
}

void append_items(std::string& out, std::string_view title, const std::vector<Item>& items) {
  if (items.empty()) {
    return;
  }
  std::size_t width = 0;
  for (const Item& item : items) {
    width = std::max(width, std::min(item.name.size(), k_widest_name));
  }
  const std::size_t indent = width + 4;
  out += fmt::format("\n{}:\n", title);
  for (const Item& item : items) {
    out += "  " + item.name;
    if (item.name.size() > width) {
      out += '\n';
      out.append(indent, ' ');
    } else {
      out.append(indent - 2 - item.name.size(), ' ');
    }
    append_wrapped(out, item.text, indent);
  }
}

[[nodiscard]] std::vector<Item> option_items(std::span<const OptionSpec> options) {
  std::vector<Item> items;
  for (const OptionSpec& option : options) {
    items.push_back({spelled(option), std::string(option.help)});
  }
  return items;
}

[[nodiscard]] std::string global_option_names() {
  std::string names;
  for (const OptionSpec& option : global_options()) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", option.long_name());
  }
  return names;
}

} // namespace

std::string general_help(std::span<const CommandSpec* const> commands) {
  std::string out = "Usage: menacedb [OPTION]... COMMAND [ARGUMENT]...\n"
                    "\n"
                    "Many processes share SQLite databases without 'database is locked': writes\n"
                    "go to a durable queue, one drain applies them exactly once.\n";
  std::vector<Item> items;
  for (const CommandSpec* const command : commands) {
    items.push_back({std::string(command->name), capitalised(command->summary)});
  }
  append_items(out, "Commands", items);
  append_items(out, "Options of every command", option_items(global_options()));
  out += "\n"
         "Examples:\n"
         "  menacedb init\n"
         "      create the configuration, the spools and the databases here\n"
         "  menacedb enqueue bots '{\"name\":\"a\"}'\n"
         "      queue one row for the table 'bots'\n"
         "  menacedb sync\n"
         "      apply what is queued\n"
         "\n"
         "'menacedb COMMAND --help' tells more about a command, menacedb(1) about the\n"
         "environment, the files and the exit status.\n";
  return out;
}

std::string command_help(const CommandSpec& command) {
  std::string out;
  std::string_view prefix = "Usage:";
  for (const std::string& form : split_list(command.usage.empty() ? " " : command.usage, '\n')) {
    out += fmt::format("{} menacedb {} {}\n", prefix, command.name, form);
    prefix = "      ";
  }
  if (out.empty()) {
    out = fmt::format("Usage: menacedb {}\n", command.name);
  }
  out += '\n';
  append_wrapped(out, capitalised(command.summary), 0);

  std::vector<Item> positionals;
  for (const PositionalSpec& spec : command.positionals) {
    positionals.push_back(
        {std::string(spec.name) + (spec.is_list ? "..." : ""), std::string(spec.help)});
  }
  append_items(out, "Arguments", positionals);
  append_items(out, "Options", option_items(command.options));
  out += "\nOptions of every command ('menacedb --help' explains them):\n  ";
  append_wrapped(out, global_option_names(), 2);
  if (!command.examples.empty()) {
    out += "\nExamples:\n";
  }
  for (const ExampleSpec& example : command.examples) {
    out += fmt::format("  {}\n      {}\n", example.command, example.says);
  }
  out += '\n';
  append_wrapped(out,
                 fmt::format("The exit status is 0 when all went well; menacedb-{}(1) and "
                             "menacedb(1) tell the others.",
                             command.name),
                 0);
  return out;
}

} // namespace menacedb
