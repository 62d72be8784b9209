#pragma once

#include "core/os/fd.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace menacedb::test {

// How a process ended: by exit(status) or by a signal.
struct Ended {
  int status = 0;
  int signal = 0;
  friend bool operator==(const Ended&, const Ended&) = default;
};

// A function that runs in a forked process. Status 0 when it returns, 99 (and the reason on stderr)
// when it throws; checks of the test framework mean nothing in there. Killed on destruction if it
// still runs. No thread may be running at the fork.
class Child {
public:
  explicit Child(const std::function<void()>& function);
  ~Child();
  Child(Child&& other) noexcept : m_pid(std::exchange(other.m_pid, -1)) {}
  Child& operator=(Child&&) = delete;

  [[nodiscard]] int pid() const noexcept { return m_pid; }
  void kill(int signal) const;
  Ended wait(); // once

private:
  int m_pid = -1;
};

// Runs the function in a child to its end.
Ended run_in_child(const std::function<void()>& function);

// A gate between two processes, made before the fork: wait() returns when open() was called as
// often as wait(), by whomever.
class Gate {
public:
  Gate();
  void open() const;
  void wait() const;

private:
  Fd m_reader;
  Fd m_writer;
};

struct CommandLine {
  std::vector<std::string> arguments; // the first is the program, found on PATH
  std::string input;
  // Added to our environment: "NAME=value"; "NAME" alone removes it.
  std::vector<std::string> environment;
  std::string directory;                                     // to run in; empty: ours
  std::chrono::seconds patience = std::chrono::seconds(120); // then it is killed
};

struct CommandResult {
  Ended ended; // status 127 when the program cannot be started
  std::string output;
  std::string errors;
  bool is_timed_out = false;
};

// Runs a program with its standard streams connected to us. Output and errors are kept whole.
CommandResult run_command(const CommandLine& command);

} // namespace menacedb::test
