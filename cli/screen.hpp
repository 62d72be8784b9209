#pragma once

#include "core/base/time.hpp"
#include "core/os/stop.hpp"

#include <optional>
#include <signal.h>
#include <string_view>
#include <termios.h>

namespace menacedb {

// A page that is drawn again and again in place of the terminal's content, which comes back on
// destruction, as do the terminal's settings. Keys come one by one, without an echo; Ctrl-C stays a
// signal. One at a time.
class Screen {
public:
  // For a terminal on stdout.
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  // As much of the page as fits, lines cut at the right edge. Lines may hold colours, no other
  // control characters.
  void draw(std::string_view page);
  // Until the time is over, a signal, a change of the terminal's size or input on `news` (negative:
  // none); true when `q` was pressed or nobody can press it any more.
  [[nodiscard]] bool wait_for_quit(Duration patience, const StopFlag& stop, int news = -1);
  // Since the last page was drawn.
  [[nodiscard]] bool is_resized() const;

private:
  std::optional<termios> m_saved; // of stdin, when that is a terminal
  struct sigaction m_saved_resize {};
  unsigned m_drawn_rows = 0; // of the terminal when the last page was drawn
  unsigned m_drawn_columns = 0;
};

} // namespace menacedb
