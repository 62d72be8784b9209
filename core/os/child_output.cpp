#include "core/os/child_output.hpp"

#include "core/base/error.hpp"
#include "core/os/fd.hpp"
#include "core/os/posix_call.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

namespace menacedb {
namespace {

constexpr int k_no_program = 127;
constexpr std::size_t k_most_errors = 4096;

struct Pipe {
  Fd read;
  Fd write;
};

[[nodiscard]] Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw system_error(errno, "make a pipe for", "a program");
  }
  return {Fd(ends[0]), Fd(ends[1])};
}

class SpawnActions {
public:
  SpawnActions(const Fd& out, const Fd& err) {
    ::posix_spawn_file_actions_init(&m_actions);
    ::posix_spawn_file_actions_addopen(&m_actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&m_actions, out.get(), 1);
    ::posix_spawn_file_actions_adddup2(&m_actions, err.get(), 2);
  }
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&m_actions); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;

  [[nodiscard]] const posix_spawn_file_actions_t* get() const noexcept { return &m_actions; }

private:
  posix_spawn_file_actions_t m_actions{};
};

// Appends what is there, but keeps no more than `most`; closes the pipe at its end.
void take(Fd& pipe, std::string& text, std::size_t most) {
  std::array<char, 65536> buffer{};
  const ssize_t count =
      retry_interrupted([&] { return ::read(pipe.get(), buffer.data(), buffer.size()); });
  if (count <= 0) {
    pipe.close();
    return;
  }
  text.append(buffer.data(), std::min(static_cast<std::size_t>(count), most - text.size()));
}

// Both at once: a program that fills one pipe while we wait for the other would stand still.
void gather(Fd& out, Fd& err, ChildOutput& output) {
  while (out || err) {
    std::array<pollfd, 2> pipes{{{out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}}};
    if (::poll(pipes.data(), pipes.size(), -1) < 0) {
      continue;
    }
    if (pipes[0].revents != 0) {
      take(out, output.out, output.out.max_size());
    }
    if (pipes[1].revents != 0) {
      take(err, output.err, k_most_errors);
    }
  }
}

} // namespace

ChildOutput run_child(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) {
    arguments.push_back(const_cast<char*>(word.c_str())); // posix_spawn changes none
  }
  arguments.push_back(nullptr);
  Pipe out = make_pipe();
  Pipe err = make_pipe();
  const SpawnActions actions(out.write, err.write);
  pid_t pid = 0;
  ChildOutput output;
  if (const int error =
          ::posix_spawnp(&pid, arguments[0], actions.get(), nullptr, arguments.data(), environ);
      error == ENOENT) {
    output.exit_status = k_no_program;
    return output;
  } else if (error != 0) {
    throw system_error(error, "start", command[0]);
  }
  out.write.close();
  err.write.close();
  gather(out.read, err.read, output);
  int status = 0;
  (void)retry_interrupted([&] { return ::waitpid(pid, &status, 0); });
  output.exit_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return output;
}

} // namespace menacedb
