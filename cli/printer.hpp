#pragma once

#include "core/base/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace menacedb {

enum class WhenBroken {
  quiet, // a closed pipe ends a report quietly (exit 0)
  fail,  // the output acknowledges something: an answer that cannot be written is exit 74
};

enum class ColourMode { automatic, always, never };

// "auto", "always" or "never"; without a word by NO_COLOR and CLICOLOR_FORCE. Throws usage.
[[nodiscard]] ColourMode colour_mode(std::optional<std::string_view> word);

// stdout carries the answer, stderr the talk. Text is gathered and written by flush() with as few
// writes as possible; nothing is lost silently: a full device is exit 74. The terminal is looked at
// only when something depends on it.
class Printer {
public:
  // `has_stdout` is false when the process was started with descriptor 1 closed.
  explicit Printer(ColourMode colour, bool has_stdout = true);

  void out(std::string_view text); // gathered
  void line(std::string_view text);
  // Columns aligned by display width; columns whose cells all begin with a digit (or are "-") to
  // the right. Cells are made printable. On a terminal the widest column gives way when the table
  // is too wide.
  void table(const std::vector<std::string>& header,
             const std::vector<std::vector<std::string>>& rows);
  // What is gathered, not to be written but by the caller: for a page that is drawn in place.
  [[nodiscard]] std::string take_pending() { return std::exchange(m_pending, {}); }
  // Throws Error io "stdout" when the answer cannot be written; when `quiet`, a reader that went
  // away is no error, and later output is dropped.
  void flush(WhenBroken when = WhenBroken::quiet);
  // The reader has gone away: a command that follows something should end.
  [[nodiscard]] bool is_broken() const noexcept { return m_fault != 0; }

  void error(const Error& error, bool as_json, int exit_status); // on stderr
  void note(std::string_view text);                              // a line on stderr, at once

  [[nodiscard]] bool is_terminal() const;    // stdout
  [[nodiscard]] std::size_t columns() const; // of the terminal; 80 when it does not say
  [[nodiscard]] std::string bold(std::string_view text) const; // with colour only

private:
  [[nodiscard]] bool uses_colour(int descriptor) const;

  std::string m_pending;
  ColourMode m_colour;
  int m_fault = 0; // errno of the first write that failed
  mutable std::optional<bool> m_is_terminal;
};

} // namespace menacedb
