#include "tests/support/child.hpp"

#include <fmt/format.h>

#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <signal.h>
#include <stdexcept>
#include <unistd.h>

namespace menacedb::test {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(fmt::format("cannot {}: {}", what, std::strerror(errno)));
}

[[noreturn]] void run_and_exit(const std::function<void()>& function) noexcept {
  try {
    function();
    ::_exit(0);
  } catch (const std::exception& error) {
    const std::string line = fmt::format("in child: {}\n", error.what());
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
    ::_exit(99);
  }
}

} // namespace

Child::Child(const std::function<void()>& function) : m_pid(::fork()) {
  if (m_pid < 0) {
    fail("fork");
  }
  if (m_pid == 0) {
    run_and_exit(function);
  }
}

Child::~Child() {
  if (m_pid > 0) {
    ::kill(m_pid, SIGKILL);
    ::waitpid(m_pid, nullptr, 0);
  }
}

void Child::kill(int signal) const {
  if (::kill(m_pid, signal) != 0) {
    fail("signal the child");
  }
}

Ended Child::wait() {
  int status = 0;
  while (::waitpid(m_pid, &status, 0) < 0) {
    if (errno != EINTR) {
      fail("wait for the child");
    }
  }
  m_pid = -1;
  if (WIFSIGNALED(status)) {
    return {.status = 0, .signal = WTERMSIG(status)};
  }
  return {.status = WEXITSTATUS(status), .signal = 0};
}

Ended run_in_child(const std::function<void()>& function) {
  return Child(function).wait();
}

Gate::Gate() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    fail("make a pipe");
  }
  m_reader = Fd(ends[0]);
  m_writer = Fd(ends[1]);
}

void Gate::open() const {
  if (::write(m_writer.get(), "x", 1) != 1) {
    fail("open the gate");
  }
}

void Gate::wait() const {
  char byte = 0;
  while (::read(m_reader.get(), &byte, 1) != 1) {
    if (errno != EINTR) {
      fail("wait at the gate");
    }
  }
}

} // namespace menacedb::test
