#include "core/os/child_groups.hpp"

#include "core/os/proc_file.hpp"
#include "core/os/process_handle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <dirent.h>
#include <memory>
#include <optional>
#include <set>
#include <signal.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace menacedb {
namespace {

constexpr int k_looks = 3; // a second one for what the first did not see
// For the end of what was killed. One that waits for a disk does nothing more when it wakes.
constexpr Duration k_patience = std::chrono::seconds(1);

struct Member {
  ProcessHandle process;
  pid_t group;
};

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_read = fault == std::errc() && end == text.data() + text.size() && number > 1;
  return is_read ? std::optional(number) : std::nullopt;
}

std::string_view variable_of(std::string_view environment, std::string_view name) {
  while (!environment.empty()) {
    const std::string_view entry = environment.substr(0, environment.find('\0'));
    if (entry.starts_with(name) && entry.substr(name.size()).starts_with('=')) {
      return entry.substr(name.size() + 1);
    }
    environment.remove_prefix(std::min(entry.size() + 1, environment.size()));
  }
  return {};
}

// The group that a process belongs to, when a child with one of the marks leads or led it. The pid
// of a group is not given away while it has members, so that it can be no other one.
std::optional<pid_t> marked_group(pid_t pid, std::span<const std::string> marks) {
  const std::string environment = read_proc_file(fmt::format("/proc/{}/environ", pid));
  const std::string_view value = variable_of(environment, k_child_group_variable);
  const std::size_t dot = value.rfind('.');
  if (dot == std::string_view::npos ||
      std::ranges::find(marks, value.substr(0, dot)) == marks.end()) {
    return std::nullopt;
  }
  const auto group = parse_number<pid_t>(value.substr(dot + 1));
  return group && ::getpgid(pid) == *group ? group : std::nullopt;
}

std::vector<Member> find_members(std::span<const std::string> marks) {
  std::vector<Member> members;
  const std::unique_ptr<DIR, CloseFolder> processes(::opendir("/proc"));
  while (const dirent* const entry = processes ? ::readdir(processes.get()) : nullptr) {
    const auto pid = parse_number<pid_t>(entry->d_name);
    if (!pid || !marked_group(*pid, marks)) {
      continue;
    }
    std::optional<ProcessHandle> process = ProcessHandle::open(*pid);
    const auto group = marked_group(*pid, marks); // now that it can be no other
    if (process && group) {
      members.push_back({std::move(*process), *group});
    }
  }
  return members;
}

} // namespace

std::size_t end_child_groups(std::span<const std::string> marks) {
  std::set<pid_t> ended;
  const auto deadline = std::chrono::steady_clock::now() + k_patience;
  for (int look = 0; look < k_looks && !marks.empty(); ++look) {
    const std::vector<Member> members = find_members(marks); // the dead have no environment
    for (const Member& member : members) {
      (void)::kill(-member.group, SIGKILL);
      ended.insert(member.group);
    }
    for (const Member& member : members) {
      const auto left = deadline - std::chrono::steady_clock::now();
      (void)member.process.wait_for_end(
          std::max(Duration::zero(), std::chrono::duration_cast<Duration>(left)));
    }
    if (members.empty()) {
      break;
    }
  }
  return ended.size();
}

} // namespace menacedb
