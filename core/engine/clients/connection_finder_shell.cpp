#include "core/engine/clients/connection_finder.hpp"
#include "core/engine/clients/source_words.hpp"

#include <algorithm>
#include <array>

namespace menacedb {
namespace {

constexpr std::string_view k_blanks = " \t\r";
constexpr std::string_view k_ends = "\n|;&()`";

template <std::size_t Size>
[[nodiscard]] bool is_one_of(std::string_view word,
                             const std::array<std::string_view, Size>& words) {
  return std::ranges::find(words, word) != words.end();
}

// Words that a command may follow at once, and programs that run the command in their arguments.
constexpr std::array<std::string_view, 17> k_lead_ins = {
    "then", "do", "else", "elif", "if",  "while", "until", "!",      "{",
    "-",    "@",  "time", "exec", "RUN", "run:",  "eval",  "script:"};
constexpr std::array<std::string_view, 13> k_wrappers = {
    "sudo",    "env",     "timeout", "nice",   "ionice", "nohup",  "xargs",
    "command", "builtin", "flock",   "stdbuf", "strace", "setpriv"};
// Options of sqlite3 with an argument of their own.
constexpr std::array<std::string_view, 12> k_options_with_value = {
    "-cmd",     "-separator", "-init", "-nullvalue", "-newline", "-mmap",
    "-maxsize", "-vfs",       "-heap", "-lookaside", "-A",       "-pagecache"};

[[nodiscard]] std::string_view take_token(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(k_blanks), rest.size()));
  const std::string_view token = rest.substr(0, rest.find_first_of(k_blanks));
  rest.remove_prefix(token.size());
  return token;
}

[[nodiscard]] bool is_assignment(std::string_view token) {
  return !token.empty() && is_word_byte(token[0]) && token.find('=') != std::string_view::npos;
}

// `before` is the text of the simple command in front of the word.
[[nodiscard]] bool is_command_place(std::string_view before) {
  bool is_wrapped = false;
  for (std::string_view token = take_token(before); !token.empty(); token = take_token(before)) {
    if (is_wrapped) {
      if (token == "-v" || token == "-V") { // command -v sqlite3
        return false;
      }
    } else if (is_one_of(token, k_wrappers)) {
      is_wrapped = true;
    } else if (!is_one_of(token, k_lead_ins) && !is_assignment(token) && !token.ends_with(':')) {
      return false;
    }
  }
  return true;
}

// Whether the command has an argument that is neither an option nor a redirection.
[[nodiscard]] bool has_file(std::string_view arguments) {
  for (std::string_view token = take_token(arguments); !token.empty();
       token = take_token(arguments)) {
    if (token == "\\") {
      continue;
    }
    const std::string_view option = token.starts_with("--") ? token.substr(1) : token;
    if (option.starts_with('-')) {
      if (is_one_of(option, k_options_with_value)) {
        (void)take_token(arguments);
      }
    } else if (token.find_first_of("<>") == std::string_view::npos) {
      return true;
    }
  }
  return false;
}

// Where the simple command around `at` begins; a newline behind a backslash does not end it.
[[nodiscard]] std::size_t command_begin(std::string_view masked, std::size_t at) {
  while (at > 0 && (k_ends.find(masked[at - 1]) == std::string_view::npos ||
                    (masked[at - 1] == '\n' && at > 1 && masked[at - 2] == '\\'))) {
    --at;
  }
  return at;
}

[[nodiscard]] std::size_t command_end(std::string_view masked, std::size_t at) {
  while (at < masked.size() && (k_ends.find(masked[at]) == std::string_view::npos ||
                                (masked[at] == '\n' && masked[at - 1] == '\\'))) {
    ++at;
  }
  return at;
}

[[nodiscard]] bool is_path_byte(char c) {
  return is_word_byte(c) || c == '.' || c == '/' || c == '-' || c == '~' || c == '$' || c == '}';
}

} // namespace

void find_in_shell(std::string_view text, std::string_view masked,
                   std::vector<DirectConnection>& found) {
  SourceWords words(text, masked);
  while (words.next()) {
    if (words.word() != "sqlite3") {
      continue;
    }
    std::size_t begin = words.begin(); // of the command's name with its path
    while (begin > 0 && is_path_byte(masked[begin - 1])) {
      --begin;
    }
    std::size_t name = begin;
    name += masked[name] == '-' ? 1 : 0; // a recipe whose failure is ignored
    const bool is_name = name == words.begin() || masked[words.begin() - 1] == '/';
    const std::size_t end = words.end();
    const bool ends = end == masked.size() || masked[end] == ' ' || masked[end] == '\t';
    if (begin > 0 && (masked[begin - 1] == '@' || masked[begin - 1] == '+')) {
      --begin; // a recipe that is not printed
    }
    const std::size_t line = command_begin(masked, begin);
    if (is_name && ends && is_command_place(masked.substr(line, begin - line)) &&
        has_file(masked.substr(end, command_end(masked, end) - end))) {
      found.push_back({words.begin(), "sqlite3 FILE"});
    }
  }
}

} // namespace menacedb
