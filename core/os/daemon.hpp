#pragma once

#include "core/os/fd.hpp"

#include <functional>
#include <string>

namespace menacedb {

// The end of the line on which a daemon tells the process that started it how that went.
class Readiness {
public:
  explicit Readiness(Fd pipe) : m_pipe(std::move(pipe)) {}
  // Once; the starter returns then. Nobody needs to listen any more.
  void tell(const std::string& message);

private:
  Fd m_pipe;
};

struct DaemonStart {
  std::string message; // what the daemon told
  int pid = 0;         // of the daemon
  int ended = -1;      // its exit status (128 + signal), when it ended without telling anything
};

// Runs `body` in a process of its own, that outlives us and our terminal: a session leader with
// /dev/null for its standard streams, default signal handlers and none of our other descriptors, in
// the same working directory. Returns when it has told its message or died. `body` gets the status
// to exit with; it must not return into what the caller was doing, and no thread may be running and
// no database be open at the call.
[[nodiscard]] DaemonStart start_daemon(const std::function<int(Readiness&)>& body);

} // namespace menacedb
