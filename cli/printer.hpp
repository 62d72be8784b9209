#pragma once

#include "core/base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

enum class WhenBroken {
  quiet, // a closed pipe ends a report quietly (exit 0)
  fail,  // the output acknowledges something: an answer that cannot be written is exit 74
};

// stdout carries the answer, stderr the talk. Text is gathered and written by flush() with as few
// writes as possible; nothing is lost silently: a full device is exit 74.
class Printer {
public:
  explicit Printer(bool use_colour, bool is_terminal, std::size_t columns);

  void out(std::string_view text); // gathered
  void line(std::string_view text);
  // Columns aligned by display width; numbers (cells that begin with a digit) to the right.
  void table(const std::vector<std::string>& header,
             const std::vector<std::vector<std::string>>& rows);
  // Throws Error io "stdout" when `fail` and the answer cannot be written.
  void flush(WhenBroken when = WhenBroken::quiet);

  void error(const Error& error, bool as_json, int exit_status); // on stderr
  void note(std::string_view text);                              // on stderr, at once

  [[nodiscard]] bool is_terminal() const noexcept { return m_is_terminal; }
  [[nodiscard]] std::string bold(std::string_view text) const; // with colour only

private:
  std::string m_pending;
  bool m_use_colour;
  bool m_is_terminal;
  std::size_t m_columns;
};

} // namespace menacedb
