#include "core/os/process.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/fd.hpp"
#include "core/os/process_identity.hpp"

#include <fmt/format.h>

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <fcntl.h>
#include <signal.h>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace menacedb {

namespace {

constexpr std::size_t k_command_columns = 80;

// The beginning of a file of /proc, whose files have no size; none when it cannot be read.
std::optional<std::string> read_proc(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    return std::nullopt;
  }
  std::array<char, 4096> buffer{};
  const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
  if (count < 0) {
    return std::nullopt;
  }
  return std::string(buffer.data(), static_cast<std::size_t>(count));
}

std::vector<std::string> split_arguments(std::string_view command_line) {
  std::vector<std::string> words;
  while (!command_line.empty()) {
    const std::size_t end = std::min(command_line.find('\0'), command_line.size());
    words.emplace_back(command_line.substr(0, end));
    command_line.remove_prefix(std::min(end + 1, command_line.size()));
  }
  if (!words.empty()) {
    words[0].erase(0, words[0].rfind('/') + 1);
  }
  return words;
}

bool is_subcommand(std::string_view word) {
  return !word.empty() && word.front() != '-' && word.size() <= 32 &&
         std::ranges::all_of(word, [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

std::string read_own_command() {
  const auto command_line = read_proc("/proc/self/cmdline");
  const auto words = split_arguments(command_line.value_or(""));
  if (words.empty()) {
    return "menacedb";
  }
  std::string command = words[0];
  if (words.size() > 1 && is_subcommand(words[1])) {
    command += ' ' + words[1];
  }
  return elide(printable(command), k_command_columns);
}

Duration time_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_nsec / 1000);
}

} // namespace

int process_id() noexcept {
  return ::getpid();
}

bool process_is_alive(int pid) noexcept {
  return pid > 0 && (::kill(pid, 0) == 0 || errno == EPERM);
}

std::optional<std::string> process_command(int pid) {
  const auto command_line = read_proc(fmt::format("/proc/{}/cmdline", pid));
  if (!command_line || command_line->empty()) { // empty: ended, but not waited for yet
    return std::nullopt;
  }
  std::string command;
  for (const std::string& word : split_arguments(*command_line)) {
    command += command.empty() ? word : ' ' + word;
  }
  return elide(printable(command), k_command_columns);
}

std::optional<Instant> process_started_at(int pid) {
  const std::optional<std::int64_t> ticks = process_start_ticks(pid);
  if (!ticks) {
    return std::nullopt;
  }
  const std::int64_t a_second = std::max<std::int64_t>(::sysconf(_SC_CLK_TCK), 1);
  const Duration boot = time_of(CLOCK_REALTIME) - time_of(CLOCK_BOOTTIME);
  return Instant(boot + std::chrono::microseconds(*ticks * (1'000'000 / a_second)));
}

const std::string& own_command() {
  static const std::string command = read_own_command(); // cannot change while we run
  return command;
}

std::uint64_t bytes_read_by_us() {
  constexpr std::string_view k_name = "rchar: ";
  const std::string text = read_proc("/proc/self/io").value_or("");
  std::uint64_t bytes = 0;
  if (text.starts_with(k_name)) {
    std::from_chars(text.data() + k_name.size(), text.data() + text.size(), bytes);
  }
  return bytes;
}

std::string random_hex(std::size_t byte_count) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * byte_count);
  std::array<unsigned char, 320> bytes{}; // what a stream of entries draws at once
  while (byte_count > 0) {
    const ssize_t got = ::getrandom(bytes.data(), std::min(byte_count, bytes.size()), 0);
    if (got < 0) {
      if (errno == EINTR) {
        continue;
      }
      throw system_error(errno, "read random bytes from", "getrandom");
    }
    const auto count = static_cast<std::size_t>(got);
    for (std::size_t i = 0; i < count; ++i) {
      hex += digits[bytes[i] >> 4U];
      hex += digits[bytes[i] & 15U];
    }
    byte_count -= count;
  }
  return hex;
}

std::string boot_id() {
  return std::string(trim(read_proc("/proc/sys/kernel/random/boot_id").value_or("")));
}

} // namespace menacedb
