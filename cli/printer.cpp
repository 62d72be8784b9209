#include "cli/printer.hpp"

#include "core/base/json_text.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <poll.h>
#include <unistd.h>

namespace menacedb {
namespace {

constexpr std::size_t k_gather_limit = 256 * 1024;
constexpr std::size_t k_column_gap = 2;
constexpr std::size_t k_narrowest_column = 8;

// 0, or the errno of the write that failed.
[[nodiscard]] int write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd writable{.fd = descriptor, .events = POLLOUT, .revents = 0};
      ::poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

[[nodiscard]] bool is_set(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

[[nodiscard]] bool is_numeric(std::string_view cell) {
  return cell == "-" || (!cell.empty() && cell[0] >= '0' && cell[0] <= '9');
}

using Rows = std::vector<std::vector<std::string>>;

[[nodiscard]] std::vector<std::size_t> column_widths(const Rows& rows, std::size_t limit) {
  std::vector<std::size_t> widths;
  for (const std::vector<std::string>& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  const std::size_t total =
      std::accumulate(widths.begin(), widths.end(), widths.size() * k_column_gap);
  if (limit != 0 && total > limit + k_column_gap) {
    std::size_t& widest = *std::max_element(widths.begin(), widths.end());
    const std::size_t excess = total - limit - k_column_gap;
    widest = std::max(k_narrowest_column, widest - std::min(widest, excess));
  }
  return widths;
}

// A column is a column of numbers when no cell below the header says otherwise.
[[nodiscard]] std::vector<bool> numeric_columns(const Rows& rows, std::size_t count) {
  std::vector<bool> numeric(count, rows.size() > 1);
  for (std::size_t r = 1; r < rows.size(); ++r) {
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      numeric[i] = numeric[i] && is_numeric(rows[r][i]);
    }
  }
  return numeric;
}

void append_cell(std::string& line, const std::string& cell, std::size_t width, bool is_right) {
  const std::string shown = elide(cell, width);
  const std::size_t taken = display_width(shown);
  const std::string padding(width > taken ? width - taken : 0, ' ');
  line += is_right ? padding + shown : shown + padding;
}

} // namespace

ColourMode colour_mode(std::optional<std::string_view> word) {
  if (word == "always") {
    return ColourMode::always;
  }
  if (word == "never") {
    return ColourMode::never;
  }
  if (word && word != "auto") {
    throw Error(ErrorKind::usage, "option-value",
                fmt::format("cannot use '{}' for --color: it is not one of auto|always|never",
                            printable(*word)));
  }
  if (!word && is_set("NO_COLOR")) {
    return ColourMode::never;
  }
  return !word && is_set("CLICOLOR_FORCE") ? ColourMode::always : ColourMode::automatic;
}

Printer::Printer(ColourMode colour, bool has_stdout)
    : m_colour(colour), m_fault(has_stdout ? 0 : EBADF) {}

void Printer::out(std::string_view text) {
  m_pending += text;
  if (m_pending.size() > k_gather_limit) {
    flush();
  }
}

void Printer::line(std::string_view text) {
  out(text);
  out("\n");
}

void Printer::table(const std::vector<std::string>& header, const Rows& rows) {
  Rows cells = {header};
  for (const std::vector<std::string>& row : rows) {
    std::vector<std::string>& shown = cells.emplace_back();
    std::transform(row.begin(), row.end(), std::back_inserter(shown),
                   [](const std::string& cell) { return printable(cell); });
  }
  const std::vector<std::size_t> widths = column_widths(cells, is_terminal() ? columns() : 0);
  const std::vector<bool> numeric = numeric_columns(cells, widths.size());
  for (std::size_t r = 0; r < cells.size(); ++r) {
    std::string text;
    for (std::size_t i = 0; i < cells[r].size(); ++i) {
      text.append(i == 0 ? 0 : k_column_gap, ' ');
      append_cell(text, cells[r][i], widths[i], numeric[i]);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    line(r == 0 ? bold(text) : text);
  }
}

void Printer::flush(WhenBroken when) {
  if (m_fault == 0) {
    m_fault = write_all(STDOUT_FILENO, m_pending);
  }
  m_pending.clear();
  const bool reader_left = m_fault == EPIPE || m_fault == EBADF;
  if (m_fault != 0 && (when == WhenBroken::fail || !reader_left)) {
    throw Error(ErrorKind::io, "stdout",
                fmt::format("cannot write the answer to stdout: {}", std::strerror(m_fault)));
  }
}

void Printer::error(const Error& error, bool as_json, int exit_status) {
  std::string text;
  if (as_json) {
    JsonWriter json;
    json.begin_object().key("error").begin_object();
    json.member("code", std::string_view(error.code()));
    json.member("message", std::string_view(error.message()));
    json.member("hint", std::string_view(error.hint()));
    json.member("exit", exit_status);
    json.member("retryable", error.is_retryable());
    json.end_object().end_object();
    text = json.take() + "\n";
  } else {
    const bool colour = uses_colour(STDERR_FILENO);
    text = fmt::format("menacedb: {}error:{} {}\n", colour ? "\x1b[1;31m" : "",
                       colour ? "\x1b[0m" : "", printable(error.message()));
    if (!error.hint().empty()) {
      text += fmt::format("hint: {}\n", printable(error.hint()));
    }
  }
  // There is nobody left to tell when stderr fails, too; the exit status still says it.
  (void)write_all(STDERR_FILENO, text);
}

void Printer::note(std::string_view text) {
  (void)write_all(STDERR_FILENO, fmt::format("{}\n", text));
}

bool Printer::is_terminal() const {
  if (!m_is_terminal) {
    m_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  }
  return *m_is_terminal;
}

std::size_t Printer::columns() const {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  return 80;
}

std::string Printer::bold(std::string_view text) const {
  return uses_colour(STDOUT_FILENO) ? fmt::format("\x1b[1m{}\x1b[0m", text) : std::string(text);
}

bool Printer::uses_colour(int descriptor) const {
  switch (m_colour) {
  case ColourMode::always:
    return true;
  case ColourMode::never:
    return false;
  case ColourMode::automatic:
    return descriptor == STDOUT_FILENO ? is_terminal() : ::isatty(descriptor) == 1;
  }
  return false;
}

} // namespace menacedb
