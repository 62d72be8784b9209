#pragma once

#include "core/base/time.hpp"
#include "core/os/clock.hpp"
#include "core/os/fd.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace menacedb {

// A program to run, as leader of a process group of its own.
struct ChildCommand {
  std::vector<std::string> arguments; // the first is looked up in PATH, unless it has a slash
  std::string directory;              // empty: ours
  std::vector<std::pair<std::string, std::string>> environment; // beside ours, which they replace
  std::string input;                                            // a file on its standard input
  std::string mark; // what its group is known by after our death: see end_child_groups()
  Duration timeout = Duration::zero();      // 0: none
  Duration grace = std::chrono::seconds(5); // between SIGTERM and SIGKILL
};

// How it ended.
struct ChildEnd {
  enum class How { exited, signalled, timed_out, stopped };
  How how = How::exited;
  int status = 0;   // exited
  int signal = 0;   // signalled
  std::string said; // the end of its standard error, else of its output; any bytes
};

// A running program. Its output is read, and thrown away but for the end, so that it cannot fill a
// pipe and stand still; its input is a file in memory, so that it may read it or not. It gets none
// of our descriptors, and dies with the thread that started it. What it started itself and left
// behind is not waited for; when it dies with us, that goes on until end_child_groups().
// Destruction kills it with its whole group.
class ChildProcess {
public:
  // Throws Error: bad_input when the program cannot be run as it is named, busy when the machine
  // has no room for another process.
  ChildProcess(Clock& clock, const ChildCommand& command);
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;

  [[nodiscard]] int pid() const noexcept { return m_pid; }
  // SIGTERM now, SIGKILL when it has not ended within the grace; both to the whole group.
  void stop();
  // When act() has something to do although nothing is readable; Duration::max() for never.
  [[nodiscard]] Duration deadline() const noexcept { return m_deadline; } // monotonic
  void act();

  // To be polled: becomes readable when the process ends.
  [[nodiscard]] int end_descriptor() const noexcept { return m_end.get(); }
  // Likewise, when it said something; -1 when it is closed.
  [[nodiscard]] int output_descriptor() const noexcept { return m_output.pipe.get(); }
  [[nodiscard]] int errors_descriptor() const noexcept { return m_errors.pipe.get(); }
  void read_output() { m_output.read(1); }
  void read_errors() { m_errors.read(1); }
  // After end_descriptor() was readable.
  [[nodiscard]] ChildEnd collect();

private:
  // The last bytes of what comes out of a pipe.
  struct Tail {
    Fd pipe;
    std::string text;
    void read(std::size_t times);
  };
  enum class Stage { running, timed_out, stopped };

  void end_group(int signal) const noexcept;
  void ask_to_end(Stage why);

  Clock& m_clock;
  Duration m_grace;
  int m_pid = 0;
  Fd m_end; // pidfd
  Tail m_output;
  Tail m_errors;
  Stage m_stage = Stage::running;
  Duration m_deadline = Duration::max();
};

} // namespace menacedb
