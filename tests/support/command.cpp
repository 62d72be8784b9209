#include "tests/support/child.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdexcept>
#include <unistd.h>

namespace menacedb::test {

namespace {

struct Pipe {
  Fd reader;
  Fd writer;
};

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw std::runtime_error("cannot make a pipe");
  }
  return {.reader = Fd(ends[0]), .writer = Fd(ends[1])};
}

void set_environment(const std::vector<std::string>& settings) {
  for (const std::string& setting : settings) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos) {
      ::unsetenv(setting.c_str());
    } else {
      ::setenv(setting.substr(0, equals).c_str(), setting.substr(equals + 1).c_str(), 1);
    }
  }
}

void become(const CommandLine& command) {
  set_environment(command.environment);
  if (!command.directory.empty() && ::chdir(command.directory.c_str()) != 0) {
    throw std::runtime_error(fmt::format("cannot go to '{}'", command.directory));
  }
  ::signal(SIGPIPE, SIG_DFL);
  std::vector<char*> arguments;
  for (const std::string& argument : command.arguments) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

// SIGPIPE would end the test when a program does not read all of its input.
class IgnoredSigpipe {
public:
  IgnoredSigpipe() : m_old(::signal(SIGPIPE, SIG_IGN)) {}
  ~IgnoredSigpipe() { ::signal(SIGPIPE, m_old); }
  IgnoredSigpipe(const IgnoredSigpipe&) = delete;
  IgnoredSigpipe& operator=(const IgnoredSigpipe&) = delete;

private:
  void (*m_old)(int);
};

void feed(Fd& input, std::string_view& rest) {
  const ssize_t count = ::write(input.get(), rest.data(), rest.size());
  if (count > 0) {
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  const bool is_refused = count < 0 && errno != EAGAIN && errno != EINTR;
  if (rest.empty() || is_refused) {
    input.close();
  }
}

void collect(Fd& source, std::string& text) {
  std::array<char, 65536> buffer{};
  const ssize_t count = ::read(source.get(), buffer.data(), buffer.size());
  if (count > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  } else if (count == 0 || errno != EINTR) {
    source.close();
  }
}

int milliseconds_until(std::chrono::steady_clock::time_point deadline) {
  const auto left = deadline - std::chrono::steady_clock::now();
  return std::max(
      0, static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(left).count()));
}

} // namespace

CommandResult run_command(const CommandLine& command) {
  const IgnoredSigpipe guard;
  Pipe input = make_pipe();
  Pipe output = make_pipe();
  Pipe errors = make_pipe();
  Child child([&] {
    ::dup2(input.reader.get(), STDIN_FILENO);
    ::dup2(output.writer.get(), STDOUT_FILENO);
    ::dup2(errors.writer.get(), STDERR_FILENO);
    become(command);
  });
  input.reader.close();
  output.writer.close();
  errors.writer.close();
  ::fcntl(input.writer.get(), F_SETFL, O_NONBLOCK);

  CommandResult result;
  std::string_view rest = command.input;
  if (rest.empty()) {
    input.writer.close();
  }
  const auto deadline = std::chrono::steady_clock::now() + command.patience;
  while (output.reader || errors.reader || input.writer) {
    std::array<pollfd, 3> streams{{{input.writer.get(), POLLOUT, 0},
                                   {output.reader.get(), POLLIN, 0},
                                   {errors.reader.get(), POLLIN, 0}}};
    const int ready = ::poll(streams.data(), streams.size(), milliseconds_until(deadline));
    if (ready == 0) {
      child.kill(SIGKILL);
      result.is_timed_out = true;
      break;
    }
    if (streams[0].revents != 0) {
      feed(input.writer, rest);
    }
    if (streams[1].revents != 0) {
      collect(output.reader, result.output);
    }
    if (streams[2].revents != 0) {
      collect(errors.reader, result.errors);
    }
  }
  result.ended = child.wait();
  return result;
}

} // namespace menacedb::test
