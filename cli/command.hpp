#pragma once

#include "cli/arguments.hpp"

#include <span>
#include <string_view>

namespace menacedb {

class App;

// `words` of a spec: the words themselves ("read write"), or `@` and a kind of name: "@tables",
// "@keys" (configuration items), "@commands". None: anything, files are offered.
struct OptionSpec {
  std::string_view name;       // "--priority"; with a short form "-n,--lines"
  std::string_view argument{}; // "N"; empty: a flag without argument
  std::string_view help{};
  bool is_list = false;     // may be given several times
  bool is_optional = false; // the argument may be left out: --wait[=D]
  std::string_view item{};  // the configuration item that it sets: "databases.shared"
  std::string_view words{}; // what may stand for the argument, for completion (see below)

  [[nodiscard]] constexpr std::string_view long_name() const noexcept {
    return name.starts_with("--") ? name : name.substr(3);
  }
  [[nodiscard]] constexpr char short_name() const noexcept { // 0 when it has none
    return name.starts_with("--") ? '\0' : name[1];
  }
};

struct PositionalSpec {
  std::string_view name; // "TABLE"
  std::string_view help{};
  bool is_required = true;
  bool is_list = false;
  std::string_view words{};
};

struct ExampleSpec {
  std::string_view command; // runnable: "menacedb route bots"
  std::string_view says;
};

// One subcommand: a constant in cli/commands/<name>.cpp.
struct CommandSpec {
  std::string_view name;
  std::string_view other_spelling{}; // understood, but not listed
  std::string_view summary;
  // After the name: "TABLE... [--op read|write]"; several forms are separated by newlines.
  std::string_view usage{};
  std::span<const PositionalSpec> positionals{};
  std::span<const OptionSpec> options{};
  std::span<const ExampleSpec> examples{};
  // Returns the exit status; throws Error for the rest.
  int (*run)(App& app, const Arguments& arguments);
};

} // namespace menacedb
