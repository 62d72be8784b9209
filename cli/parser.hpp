#pragma once

#include "cli/command.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace menacedb {

struct CommandLine {
  const CommandSpec* command = nullptr; // none: --version, or help about menacedb as a whole
  Arguments arguments;
  bool wants_help = false;
  bool wants_version = false;
};

// Reads the words after the program's name, in the manner of getopt_long: options and positionals
// in any order, `--name value`, `--name=value`, `-n5`, `-qv`, `--` ends the options, `-` and
// negative numbers are positionals, and an option that needs an argument takes the next word
// whatever it looks like. Long names are never guessed from abbreviations, so that scripts keep
// working when options are added. Only the named command's options are looked at. Throws Error
// kind usage.
[[nodiscard]] CommandLine parse_command_line(std::span<const char* const> words,
                                             std::span<const CommandSpec* const> commands);

// What the words seem to say about the form of errors that parsing itself may find.
struct EarlyOptions {
  bool wants_json = false;
  std::optional<std::string_view> colour;
};
[[nodiscard]] EarlyOptions read_early_options(std::span<const char* const> words);

} // namespace menacedb
