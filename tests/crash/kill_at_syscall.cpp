// kill_at_syscall N COUNT_FILE PROGRAM [ARGUMENT...]
//
// Runs the program and kills it when it, in any of its threads, is about to make its N-th system
// call (1 is the first after exec); 0 never kills. The number of calls seen is written to
// COUNT_FILE. Ends with the status of the program, 137 when it was killed, 77 where processes may
// not be traced.
#include "traced_child.hpp"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <unistd.h>

namespace {

constexpr int k_killed = 137;
constexpr long k_options =
    PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;

class Tracer {
public:
  Tracer(pid_t child, long kill_at) : m_child(child), m_kill_at(kill_at) {}

  int run() {
    if (!traced::begin(m_child, k_options)) {
      return traced::k_cannot_trace;
    }
    int status = 0;
    for (pid_t thread = 0; (thread = ::waitpid(-1, &status, __WALL)) > 0;) {
      if (WIFSTOPPED(status)) {
        handle_stop(thread, status);
      } else if (thread == m_child) {
        return traced::exit_status(status);
      }
    }
    return k_killed;
  }

  [[nodiscard]] long calls() const { return m_calls; }

private:
  void handle_stop(pid_t thread, int status) {
    const int signal = WSTOPSIG(status);
    const bool is_new = m_threads.insert(thread).second && thread != m_child;
    if (signal == (SIGTRAP | 0x80)) {
      handle_call(thread);
      traced::resume(thread, 0);
    } else if (status >> 8 == (SIGTRAP | (PTRACE_EVENT_EXEC << 8))) {
      m_has_started = true;
      traced::resume(thread, 0);
    } else {
      const bool is_ours = signal == SIGTRAP || (is_new && signal == SIGSTOP);
      traced::resume(thread, is_ours ? 0 : signal);
    }
  }

  void handle_call(pid_t thread) {
    __ptrace_syscall_info call{};
    const long size = ::ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof call, &call);
    if (size > 0 && m_has_started && call.op == PTRACE_SYSCALL_INFO_ENTRY &&
        ++m_calls == m_kill_at) {
      // The call that is about to be made is not made any more.
      ::kill(m_child, SIGKILL);
    }
  }

  pid_t m_child;
  long m_kill_at;
  long m_calls = 0;
  bool m_has_started = false;
  std::set<pid_t> m_threads;
};

} // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("usage: kill_at_syscall N COUNT_FILE PROGRAM [ARGUMENT...]\n", stderr);
    return 2;
  }
  Tracer tracer(traced::start(argv + 3), std::strtol(argv[1], nullptr, 10));
  const int status = tracer.run();
  if (std::FILE* file = std::fopen(argv[2], "w"); file != nullptr) {
    std::fprintf(file, "%ld\n", tracer.calls());
    std::fclose(file);
  }
  return status;
}
