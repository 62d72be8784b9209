#include "core/os/child_process.hpp"

#include "core/base/error.hpp"
#include "core/os/blocked_signals.hpp"
#include "core/os/child_groups.hpp"
#include "core/os/posix_call.hpp"

#include <fmt/format.h>

extern "C" { // glibc 2.36 forgot to say so itself
#include <sys/pidfd.h>
}

#include <linux/close_range.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <signal.h>
#include <string_view>
#include <unistd.h>

namespace menacedb {
namespace {

constexpr std::size_t k_tail = 4096;
constexpr std::size_t k_reads_at_end = 64; // what others keep writing must not keep us reading
constexpr int k_not_started = 127;
constexpr int k_pid_digits = 20;

struct Pipe {
  Fd read;
  Fd write;
};

Error no_room(std::string_view action) {
  const Error error = system_error(errno, action, "a program");
  return {ErrorKind::busy, error.code(), error.message()};
}

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw no_room("make a pipe for");
  }
  Pipe pipe{Fd(ends[0]), Fd(ends[1])};
  (void)::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK);
  return pipe;
}

// A file that only the child knows, to be read from its beginning.
Fd make_input(std::string_view text) {
  if (text.empty()) {
    Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!nothing) {
      throw no_room("open the input of");
    }
    return nothing;
  }
  Fd file(::memfd_create("menacedb-input", MFD_CLOEXEC));
  if (!file) {
    throw no_room("make the input of");
  }
  while (!text.empty()) {
    const ssize_t count =
        retry_interrupted([&] { return ::write(file.get(), text.data(), text.size()); });
    if (count <= 0) {
      throw no_room("write the input of");
    }
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  (void)::lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::vector<std::string> joined_environment(const ChildCommand& command) {
  std::vector<std::string> all;
  for (const char* const* variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const std::string_view name = text.substr(0, text.find('='));
    if (std::ranges::none_of(command.environment,
                             [&](const auto& own) { return own.first == name; })) {
      all.emplace_back(text);
    }
  }
  for (const auto& [name, value] : command.environment) {
    all.push_back(fmt::format("{}={}", name, value));
  }
  return all;
}

// Where the child, which alone knows its pid before it runs, writes it.
char* add_group_variable(std::vector<std::string>& environment, const std::string& mark) {
  if (mark.empty()) {
    return nullptr;
  }
  const std::string start = fmt::format("{}=", k_child_group_variable);
  std::erase_if(environment, [&](const std::string& text) { return text.starts_with(start); });
  std::string& variable = environment.emplace_back(fmt::format("{}{}.", start, mark));
  const std::size_t size = variable.size();
  variable.resize(size + k_pid_digits + 1);
  return variable.data() + size;
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> list;
  for (const std::string& word : words) {
    list.push_back(const_cast<char*>(word.c_str())); // execvpe changes none
  }
  list.push_back(nullptr);
  return list;
}

// Everything that the child needs between vfork and exec, made before: there it may not allocate.
struct Launch {
  char* const* arguments;
  char* const* environment;
  const char* directory; // null: ours
  std::array<int, 3> streams;
  pid_t parent;
  char* group = nullptr;  // gets the digits of the child's pid
  volatile int error = 0; // written by the child, in our memory
  volatile bool is_directory_at_fault = false;
};

void reset_signals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  struct sigaction now {};
  for (int signal = 1; signal < NSIG; ++signal) {
    // What is ignored stays ignored, as nohup expects; but for what we ignore ourselves.
    if (::sigaction(signal, nullptr, &now) == 0 &&
        (now.sa_handler != SIG_IGN || signal == SIGPIPE || signal == SIGXFSZ)) {
      ::sigaction(signal, &standard, nullptr);
    }
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void give_up(Launch& launch) {
  launch.error = errno;
  ::_exit(k_not_started);
}

// By hand: between vfork and exec little is allowed.
void write_number(pid_t number, char* to) {
  int digits = 1;
  for (pid_t rest = number / 10; rest > 0; rest /= 10) {
    ++digits;
  }
  to[digits] = '\0';
  for (; digits > 0; number /= 10) {
    to[--digits] = static_cast<char>('0' + number % 10);
  }
}

[[noreturn]] void become(Launch& launch) {
  ::setpgid(0, 0);
  if (launch.group != nullptr) {
    write_number(::getpid(), launch.group);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != launch.parent) {
    ::_exit(k_not_started); // it died before it was promised to us
  }
  for (int stream = 0; stream < 3; ++stream) {
    if (::dup2(launch.streams[static_cast<std::size_t>(stream)], stream) < 0) {
      give_up(launch);
    }
  }
  (void)::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  if (launch.directory != nullptr && ::chdir(launch.directory) != 0) {
    launch.is_directory_at_fault = true;
    give_up(launch);
  }
  reset_signals();
  ::execvpe(launch.arguments[0], launch.arguments, launch.environment);
  give_up(launch);
}

// Descriptors above the standard ones: dup2 onto itself would leave O_CLOEXEC set.
Fd above_standard(Fd file) {
  if (file.get() > 2) {
    return file;
  }
  Fd copy(::fcntl(file.get(), F_DUPFD_CLOEXEC, 3));
  if (!copy) {
    throw no_room("make a descriptor for");
  }
  return copy;
}

// In its own function: a child of vfork shares our stack.
pid_t launch_child(Launch& launch) {
  const AllSignalsBlocked blocked; // or one could run our handlers in the child, in our memory
  const pid_t pid = ::vfork();
  if (pid == 0) {
    become(launch);
  }
  return pid;
}

Error launch_error(const Launch& launch, const ChildCommand& command) {
  const bool is_directory = launch.is_directory_at_fault;
  const Error error = system_error(launch.error, is_directory ? "enter folder" : "start",
                                   is_directory ? command.directory : command.arguments[0]);
  const bool is_short = launch.error == ENOMEM || launch.error == EAGAIN ||
                        launch.error == ENFILE || launch.error == EMFILE;
  return {is_short ? ErrorKind::busy : ErrorKind::bad_input, error.code(), error.message()};
}

} // namespace

void ChildProcess::Tail::read(std::size_t times) {
  std::array<char, 65536> buffer; // NOLINT: filled by read
  while (pipe && times-- > 0) {
    const ssize_t count =
        retry_interrupted([&] { return ::read(pipe.get(), buffer.data(), buffer.size()); });
    if (count < 0 && errno == EAGAIN) {
      return;
    }
    if (count <= 0) {
      pipe.close();
      return;
    }
    const auto size = static_cast<std::size_t>(count);
    const std::size_t kept = std::min(size, k_tail);
    text.erase(0, text.size() - std::min(text.size(), k_tail - kept));
    text.append(buffer.data() + size - kept, kept);
  }
}

ChildProcess::ChildProcess(Clock& clock, const ChildCommand& command)
    : m_clock(clock), m_grace(command.grace) {
  Pipe output = make_pipe();
  Pipe errors = make_pipe();
  const Fd input = above_standard(make_input(command.input));
  output.write = above_standard(std::move(output.write));
  errors.write = above_standard(std::move(errors.write));
  std::vector<std::string> environment = joined_environment(command);
  char* const group = add_group_variable(environment, command.mark);
  const std::vector<char*> variables = pointers(environment);
  const std::vector<char*> arguments = pointers(command.arguments);
  Launch launch{.arguments = arguments.data(),
                .environment = variables.data(),
                .directory = command.directory.empty() ? nullptr : command.directory.c_str(),
                .streams = {input.get(), output.write.get(), errors.write.get()},
                .parent = ::getpid(),
                .group = group};
  m_pid = launch_child(launch);
  if (m_pid < 0) {
    throw no_room("start");
  }
  if (launch.error != 0) {
    (void)retry_interrupted([&] { return ::waitpid(m_pid, nullptr, 0); });
    m_pid = 0;
    throw launch_error(launch, command);
  }
  m_end = Fd(::pidfd_open(m_pid, 0));
  if (!m_end) {
    const Error error = no_room("watch");
    end_group(SIGKILL);
    (void)retry_interrupted([&] { return ::waitpid(m_pid, nullptr, 0); });
    throw error;
  }
  m_output.pipe = std::move(output.read);
  m_errors.pipe = std::move(errors.read);
  if (command.timeout > Duration::zero()) {
    m_deadline = m_clock.monotonic() + command.timeout;
  }
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : m_clock(other.m_clock),
      m_grace(other.m_grace),
      m_pid(std::exchange(other.m_pid, 0)),
      m_end(std::move(other.m_end)),
      m_output(std::move(other.m_output)),
      m_errors(std::move(other.m_errors)),
      m_stage(other.m_stage),
      m_deadline(other.m_deadline) {}

ChildProcess::~ChildProcess() {
  if (m_pid != 0) {
    end_group(SIGKILL);
    (void)retry_interrupted([&] { return ::waitpid(m_pid, nullptr, 0); });
  }
}

// Before the leader is waited for: until then nobody else gets its pid.
void ChildProcess::end_group(int signal) const noexcept {
  (void)::kill(-m_pid, signal);
}

void ChildProcess::ask_to_end(Stage why) {
  m_stage = why;
  m_deadline = m_clock.monotonic() + m_grace;
  end_group(SIGTERM);
}

void ChildProcess::stop() {
  if (m_stage == Stage::running) {
    ask_to_end(Stage::stopped);
  }
}

void ChildProcess::act() {
  if (m_clock.monotonic() < m_deadline) {
    return;
  }
  if (m_stage == Stage::running) {
    ask_to_end(Stage::timed_out);
  } else {
    m_deadline = Duration::max();
    end_group(SIGKILL);
  }
}

ChildEnd ChildProcess::collect() {
  if (m_stage != Stage::running) {
    end_group(SIGKILL); // what did not follow its leader
  }
  m_output.read(k_reads_at_end);
  m_errors.read(k_reads_at_end);
  int status = 0;
  (void)retry_interrupted([&] { return ::waitpid(m_pid, &status, 0); });
  m_pid = 0;
  ChildEnd end;
  end.said = m_errors.text.empty() ? std::move(m_output.text) : std::move(m_errors.text);
  if (m_stage == Stage::timed_out) {
    end.how = ChildEnd::How::timed_out;
  } else if (m_stage == Stage::stopped) {
    end.how = ChildEnd::How::stopped;
  } else if (WIFSIGNALED(status)) {
    end.how = ChildEnd::How::signalled;
    end.signal = WTERMSIG(status);
  } else {
    end.status = WEXITSTATUS(status);
  }
  return end;
}

} // namespace menacedb
