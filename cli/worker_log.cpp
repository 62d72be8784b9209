#include "cli/worker_log.hpp"

#include "cli/exit_code.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/signals.hpp"
#include "core/os/watcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace menacedb {
namespace {

constexpr Bytes k_piece = 64u << 10;
constexpr Duration k_forever = std::chrono::hours(24 * 365);

std::string read_piece(Fs& fs, const Fd& file, Bytes begin, Bytes size) {
  std::string piece(size, '\0');
  piece.resize(fs.read_at(file, piece.data(), piece.size(), begin));
  return piece;
}

// Where the last `lines` lines begin.
Bytes find_end(Fs& fs, const Fd& file, std::uint64_t lines) {
  const Bytes size = fs.stat(file).size;
  std::uint64_t ends = 0;
  for (Bytes begin = size; begin > 0;) {
    const Bytes count = std::min(begin, k_piece);
    begin -= count;
    const std::string piece = read_piece(fs, file, begin, count);
    for (std::size_t i = piece.size(); i-- > 0;) {
      const bool is_last = begin + i + 1 == size; // ends the last line, begins none
      if (piece[i] == '\n' && !is_last && ++ends == lines) {
        return begin + i + 1;
      }
    }
  }
  return lines == 0 ? size : 0;
}

// Prints lines as they become whole.
class LinePrinter {
public:
  explicit LinePrinter(App& app) : m_app(app) {}

  void print_from(const Fd& file, Bytes& position) {
    for (;;) {
      const std::string piece = read_piece(m_app.fs(), file, position, k_piece);
      if (piece.empty()) {
        break;
      }
      position += piece.size();
      add(piece);
    }
  }
  void end_line() {
    if (!m_line.empty()) {
      m_app.printer().line(printable(m_line));
      m_line.clear();
    }
  }

private:
  void add(std::string_view text) {
    for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
      m_line += text.substr(0, end);
      m_app.printer().line(printable(m_line));
      m_line.clear();
      text.remove_prefix(end + 1);
    }
    m_line += text;
  }

  App& m_app;
  std::string m_line; // not ended yet
};

std::optional<Fd> open_log(App& app, const std::string& path) {
  return app.fs().open_if_exists(path, {});
}

} // namespace

int print_log_end(App& app, const std::string& path, std::uint64_t lines) {
  const auto file = open_log(app, path);
  if (!file) {
    throw Error(ErrorKind::bad_input, "not-found",
                fmt::format("cannot show '{}': there is no such log yet", path))
        .with_hint("menacedb worker start");
  }
  Bytes position = find_end(app.fs(), *file, lines);
  LinePrinter printer(app);
  printer.print_from(*file, position);
  printer.end_line();
  return k_exit_done;
}

int follow_log(App& app, const std::string& path, std::uint64_t lines) {
  const SignalGuard signals(app.stop());
  Watcher watcher(parent_directory(path));
  LinePrinter printer(app);
  std::optional<Fd> file = open_log(app, path);
  Bytes position = file ? find_end(app.fs(), *file, lines) : 0;
  while (!app.stop().is_requested() && !app.printer().is_broken()) {
    if (file) {
      if (app.fs().stat(*file).size < position) {
        position = 0; // cut short: a new beginning
      }
      printer.print_from(*file, position);
    }
    const auto named = app.fs().stat(path);
    if (named && (!file || app.fs().stat(*file).id != named->id)) {
      printer.end_line();
      file = open_log(app, path);
      position = 0;
      continue;
    }
    app.printer().flush();
    (void)watcher.wait(k_forever, app.stop());
  }
  return k_exit_done;
}

} // namespace menacedb
