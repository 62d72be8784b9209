#include "core/engine/worker/policy_check.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/config/routing_conflicts.hpp"
#include "core/engine/make_hooks.hpp"
#include "core/engine/worker/hook_tests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string>
#include <string_view>

namespace menacedb {
namespace {

constexpr std::string_view k_key = "lua.hooks";

// "hooks/init.lua:3: attempt to …", perhaps with words and a quote before: Lua knows no columns, so
// it is the first of the line.
struct Told {
  std::string file;
  int line = 0;
  std::string what;
};

Told place_of(std::string_view message, std::string_view file) {
  const std::string mark = fmt::format("{}:", file);
  const std::size_t at = message.find(mark);
  if (at != std::string_view::npos) {
    const char* const digits = message.data() + at + mark.size();
    const char* const end = message.data() + message.size();
    int line = 0;
    const auto read = std::from_chars(digits, end, line);
    if (read.ec == std::errc() && end - read.ptr > 2 && read.ptr[0] == ':') {
      return {std::string(file), line, std::string(read.ptr + 2, end)};
    }
  }
  return {std::string(file), 0, std::string(message)};
}

// The same where the message speaks of another file than the one that was asked for: a test fails
// in what it calls.
Told place_in(std::string_view message, std::string_view file) {
  Told told = place_of(message, file);
  const std::size_t end = message.find(':');
  return told.line == 0 && end != std::string_view::npos && end > 0 &&
                 message.substr(0, end).ends_with(".lua")
             ? place_of(message, message.substr(0, end))
             : told;
}

ConfigProblem problem(const Told& told, std::string message) {
  return {.file = told.file,
          .line = told.line,
          .column = told.line == 0 ? 0 : 1,
          .key = std::string(k_key),
          .message = std::move(message),
          .hint = "menacedb hook test"};
}

// The file of a policy that a message speaks of, else the place where the hooks are named.
ConfigProblem load_problem(const Context& context, const Error& error,
                           const std::vector<std::string>& files) {
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    const Told told = place_of(error.message(), *file);
    if (told.line > 0) {
      return problem(told, fmt::format("cannot load hooks: {}", told.what));
    }
  }
  const Origin origin = context.settings.origin(k_key);
  return {.file = origin.at.empty() ? context.settings.text(k_key) : origin.at,
          .line = 0,
          .column = 0,
          .key = std::string(k_key),
          .message = error.message(),
          .hint = error.hint().empty() ? "menacedb hook test" : error.hint()};
}

void add_failed_tests(const Context& context, std::vector<ConfigProblem>& problems) {
  for (const HookTestResult& result : test_hooks(context, {})) {
    if (!result.has_passed) {
      const Told told = place_in(result.message, result.file);
      problems.push_back(problem(told, result.name.empty()
                                           ? fmt::format("cannot run tests: {}", told.what)
                                           : fmt::format("{} failed: {}", result.name, told.what)));
    }
  }
}

} // namespace

std::vector<ConfigProblem> check_policy(const Context& context) {
  std::vector<ConfigProblem> problems = context.settings.problems();
  std::ranges::move(routing_conflicts(context.settings), std::back_inserter(problems));
  std::vector<std::string> files;
  try {
    if (!make_hooks(context, [&](const std::string& path) { files.push_back(path); })) {
      return problems;
    }
    add_failed_tests(context, problems);
  } catch (const Error& error) {
    if (error.code() != "no-tests") { // nobody has to write some
      problems.push_back(load_problem(context, error, files));
    }
  }
  return problems;
}

} // namespace menacedb
