#include "cli/screen.hpp"

#include "core/base/text.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <string>
#include <unistd.h>

namespace menacedb {
namespace {

// The other screen, which does not scroll into the history; without a cursor.
constexpr std::string_view k_enter = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view k_leave = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view k_home = "\x1b[H";
constexpr std::string_view k_clear_to_end_of_line = "\x1b[K";
constexpr std::string_view k_clear_below = "\x1b[J";
constexpr std::string_view k_plain = "\x1b[0m";

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
    if (count < 0 && errno != EINTR) {
      return; // the terminal went away; so will we
    }
    text.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
}

winsize size_of_terminal() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) {
    size.ws_row = 24;
    size.ws_col = 80;
  }
  return size;
}

std::string cut(std::string_view line, std::size_t columns) {
  const bool has_colour = line.find('\x1b') != std::string_view::npos;
  if (has_colour) {
    return std::string(line) + std::string(k_plain); // headings, which are short
  }
  return elide(line, columns);
}

} // namespace

Screen::Screen() {
  termios settings{};
  if (::tcgetattr(STDIN_FILENO, &settings) == 0) {
    m_saved = settings;
    settings.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &settings);
  }
  struct sigaction action {};
  action.sa_handler = [](int) {}; // to end a wait
  ::sigaction(SIGWINCH, &action, &m_saved_resize);
  write_all(k_enter);
}

Screen::~Screen() {
  ::sigaction(SIGWINCH, &m_saved_resize, nullptr);
  if (m_saved) {
    ::tcsetattr(STDIN_FILENO, TCSANOW, &*m_saved);
  }
  write_all(k_leave); // last: whoever sees the page gone has the terminal as it was
}

void Screen::draw(std::string_view page) {
  const winsize size = size_of_terminal();
  m_drawn_rows = size.ws_row;
  m_drawn_columns = size.ws_col;
  std::string text(k_home);
  for (unsigned row = 0; row < size.ws_row && !page.empty(); ++row) {
    const std::size_t end = std::min(page.find('\n'), page.size());
    text += row > 0 ? "\n" : "";
    text += cut(page.substr(0, end), size.ws_col);
    text += k_clear_to_end_of_line;
    page.remove_prefix(std::min(end + 1, page.size()));
  }
  text += k_clear_below;
  write_all(text);
}

bool Screen::is_resized() const {
  const winsize size = size_of_terminal();
  return size.ws_row != m_drawn_rows || size.ws_col != m_drawn_columns;
}

bool Screen::wait_for_quit(Duration patience, const StopFlag& stop, int news) {
  sigset_t blocked;
  sigset_t original;
  ::sigemptyset(&blocked);
  for (const int signal : {SIGINT, SIGTERM, SIGWINCH}) {
    ::sigaddset(&blocked, signal);
  }
  ::sigprocmask(SIG_BLOCK, &blocked, &original); // none may come between the look and the wait
  bool quits = false;
  // A resize while the page was drawn ends no wait.
  if (!is_resized() && !stop.is_requested()) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(patience);
    timespec timeout{};
    timeout.tv_sec = seconds.count();
    timeout.tv_nsec = std::chrono::nanoseconds(patience - seconds).count();
    pollfd inputs[] = {{.fd = m_saved ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0},
                       {.fd = news, .events = POLLIN, .revents = 0}};
    if (::ppoll(inputs, 2, &timeout, &original) > 0 && inputs[0].revents != 0) {
      char key = 0;
      const ssize_t count = ::read(STDIN_FILENO, &key, 1);
      quits = count == 0 || (count < 0 && errno != EINTR) || key == 'q' || key == 'Q';
    }
  }
  ::sigprocmask(SIG_SETMASK, &original, nullptr);
  return quits;
}

} // namespace menacedb
