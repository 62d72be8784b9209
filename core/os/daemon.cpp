#include "core/os/daemon.hpp"

#include "core/base/error.hpp"

#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

namespace menacedb {
namespace {

constexpr int k_last_standard_stream = 2;

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) {
    ::signal(number, SIG_DFL); // fails for those that cannot be changed
  }
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Descriptors that we inherited are somebody's pipes and locks: kept open they would keep readers
// waiting and locks held for as long as the daemon lives.
int detach(int pipe) {
  ::setsid();
  reset_signals();
  const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int stream = 0; stream <= k_last_standard_stream; ++stream) {
    ::dup2(null.get(), stream);
  }
  constexpr int k_pipe = k_last_standard_stream + 1;
  if (pipe != k_pipe) {
    ::dup2(pipe, k_pipe);
  }
  ::fcntl(k_pipe, F_SETFD, FD_CLOEXEC);
  return k_pipe;
}

[[noreturn]] void run_daemon(int pipe, const std::function<int(Readiness&)>& body) {
  const int kept = detach(pipe);
  ::close_range(static_cast<unsigned>(kept) + 1, ~0U, 0);
  Readiness readiness{Fd(kept)};
  ::_exit(body(readiness)); // what the caller has on its stack is not ours to end
}

std::string read_all(const Fd& pipe) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t count = ::read(pipe.get(), buffer.data(), buffer.size());
    if (count == 0 || (count < 0 && errno != EINTR)) {
      return text;
    }
    text.append(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  }
}

int wait_for_end(int pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace

void Readiness::tell(const std::string& message) {
  std::string_view rest = message;
  while (m_pipe && !rest.empty()) {
    const ssize_t count = ::write(m_pipe.get(), rest.data(), rest.size());
    if (count < 0 && errno != EINTR) {
      break;
    }
    rest.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  m_pipe.close();
}

DaemonStart start_daemon(const std::function<int(Readiness&)>& body) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw system_error(errno, "create", "a pipe");
  }
  const Fd reader(ends[0]);
  Fd writer(ends[1]);
  DaemonStart start;
  start.pid = ::fork();
  if (start.pid < 0) {
    throw system_error(errno, "start", "a process");
  }
  if (start.pid == 0) {
    run_daemon(writer.get(), body);
  }
  writer.close();
  start.message = read_all(reader);
  if (start.message.empty()) {
    start.ended = wait_for_end(start.pid);
  }
  return start;
}

} // namespace menacedb
