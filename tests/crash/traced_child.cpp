#include "traced_child.hpp"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <csignal>
#include <unistd.h>

namespace traced {

pid_t start(char** argv) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) {
      ::_exit(k_cannot_trace);
    }
    ::raise(SIGSTOP);
    ::execv(argv[0], argv);
    ::_exit(127);
  }
  return child;
}

bool begin(pid_t child, long options) {
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status) ||
      ::ptrace(PTRACE_SETOPTIONS, child, 0, options) != 0) {
    return false;
  }
  resume(child, 0);
  return true;
}

void resume(pid_t thread, int signal) {
  // One that has just been killed cannot be resumed, which is fine.
  static_cast<void>(::ptrace(PTRACE_SYSCALL, thread, 0, signal));
}

int exit_status(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

} // namespace traced
