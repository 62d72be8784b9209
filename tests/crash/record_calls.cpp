// record_calls ROOT LOG KILLS PROGRAM [ARGUMENT...]
//
// Runs the program and all processes that it starts, and writes to LOG, one line each and in their
// true order, the system calls that change or sync something below the directory ROOT, writes to
// standard output and the ends of processes. Calls of the first kind are let through one at a time;
// what a write wrote is read back from the file before the next one may run. KILLS are numbers with
// commas between them: a menacedb that is about to make the n-th sync is killed instead.
//
// Lines (names and bytes in hex, after the process id):
//   open INODE TRUNCATES PATH · write INODE OFFSET BYTES · truncate INODE SIZE · sync INODE IS_FULL
//   rename EXCHANGES FROM TO · link FROM TO · unlink PATH · mkdir INODE PATH · rmdir PATH
//   attribute INODE NAME BYTES · output BYTES · exit STATUS · killed
//   unknown CALL (one that changes files in a way that is not told here)
//
// Ends with the status of the program, 77 where processes may not be traced.
#include "file_call.hpp"
#include "traced_child.hpp"
#include "traced_process.hpp"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <set>
#include <sstream>
#include <unistd.h>

namespace {

constexpr long k_options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                           PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;

class Recorder {
public:
  Recorder(const std::string& root, std::FILE* log, std::set<long> kills)
      : m_files(root), m_log(log), m_kills(std::move(kills)) {}

  int run(pid_t child) {
    m_processes[child] = child;
    if (!traced::begin(child, k_options)) {
      return traced::k_cannot_trace;
    }
    int result = traced::k_cannot_trace;
    int status = 0;
    for (pid_t thread = 0; (thread = ::waitpid(-1, &status, __WALL)) > 0;) {
      if (WIFSTOPPED(status)) {
        handle_stop(thread, status);
        continue;
      }
      if (thread == child) {
        result = traced::exit_status(status);
      }
      forget(thread, traced::exit_status(status));
    }
    return result;
  }

private:
  void handle_stop(pid_t thread, int status) {
    const int signal = WSTOPSIG(status);
    const bool is_new = m_processes.count(thread) == 0;
    if (is_new) {
      m_processes[thread] = traced::process_of(thread);
    }
    if (signal == (SIGTRAP | 0x80)) {
      handle_call(thread);
    } else {
      const bool is_ours = signal == SIGTRAP || (is_new && signal == SIGSTOP);
      traced::resume(thread, is_ours ? 0 : signal);
    }
  }

  void handle_call(pid_t thread) {
    __ptrace_syscall_info info{};
    if (::ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) > 0) {
      if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
        leave(thread, info);
      } else if (info.op == PTRACE_SYSCALL_INFO_ENTRY && !enter(thread, info)) {
        return; // until those before it have returned
      }
    }
    traced::resume(thread, 0);
  }

  // Whether it may go on.
  bool enter(pid_t thread, const __ptrace_syscall_info& info) {
    FileCalls::Arguments args{};
    std::copy(info.entry.args, info.entry.args + args.size(), args.begin());
    const auto number = static_cast<long>(info.entry.nr);
    auto call = m_files.read(thread, number, args);
    if (!call) {
      if (number == SYS_write && args[0] == STDOUT_FILENO) {
        put(thread, "output " + to_hex(traced::read_memory(thread, args[1], args[2])));
      }
      return true;
    }
    m_calls[thread] = std::move(*call);
    if (m_running != 0) {
      m_waiting.push_back(thread);
      return false;
    }
    begin(thread);
    return true;
  }

  void begin(pid_t thread) {
    m_running = thread;
    if (m_calls[thread].is_sync() && m_kills.count(++m_syncs) != 0 &&
        traced::link_target(traced::proc(thread, "exe")).find("/menacedb") != std::string::npos) {
      put(thread, "killed");
      ::kill(m_processes[thread], SIGKILL); // the call that is about to be made is not made
    }
  }

  void leave(pid_t thread, const __ptrace_syscall_info& info) {
    if (thread != m_running) {
      return;
    }
    if (info.exit.is_error == 0) {
      put(thread, FileCalls::line(thread, m_calls[thread], info.exit.rval));
    }
    m_calls.erase(thread);
    let_next_run();
  }

  void let_next_run() {
    m_running = 0;
    if (!m_waiting.empty()) {
      const pid_t thread = m_waiting.front();
      m_waiting.pop_front();
      begin(thread);
      traced::resume(thread, 0);
    }
  }

  void forget(pid_t thread, int status) {
    if (m_processes[thread] == thread) {
      put(thread, "exit " + std::to_string(status));
    }
    m_processes.erase(thread);
    m_calls.erase(thread);
    m_waiting.erase(std::remove(m_waiting.begin(), m_waiting.end(), thread), m_waiting.end());
    if (thread == m_running) {
      let_next_run();
    }
  }

  void put(pid_t thread, const std::string& text) {
    std::fprintf(m_log, "%d %s\n", m_processes[thread], text.c_str());
  }

  FileCalls m_files;
  std::FILE* m_log;
  std::set<long> m_kills;
  long m_syncs = 0;
  pid_t m_running = 0; // makes a call that is recorded
  std::deque<pid_t> m_waiting;
  std::map<pid_t, FileCall> m_calls;
  std::map<pid_t, pid_t> m_processes; // of the threads
};

std::set<long> numbers(const std::string& text) {
  std::set<long> found;
  std::istringstream stream(text);
  for (std::string number; std::getline(stream, number, ',');) {
    found.insert(std::strtol(number.c_str(), nullptr, 10));
  }
  return found;
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fputs("usage: record_calls ROOT LOG KILLS PROGRAM [ARGUMENT...]\n", stderr);
    return 2;
  }
  const pid_t child = traced::start(argv + 4);
  std::FILE* const log = std::fopen(argv[2], "w");
  if (log == nullptr) {
    return traced::k_cannot_trace;
  }
  Recorder recorder(argv[1], log, numbers(argv[3]));
  const int status = recorder.run(child);
  return std::fclose(log) == 0 ? status : 1;
}
