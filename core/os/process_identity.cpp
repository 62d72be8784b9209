#include "core/os/process_identity.hpp"

#include "core/os/proc_file.hpp"
#include "core/os/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <unistd.h>

namespace menacedb {
namespace {

struct Identity {
  std::string_view host;
  std::string_view boot;
  int pid = 0;
  std::int64_t start = 0;
};

template <typename Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc() && end == text.data() + text.size();
}

// From the right: a host's name may be anything.
std::string_view take_last(std::string_view& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return {};
  }
  const std::string_view part = text.substr(colon + 1);
  text = text.substr(0, colon);
  return part;
}

std::optional<Identity> parse_identity(std::string_view text) {
  Identity identity;
  const std::string_view start = take_last(text);
  const std::string_view pid = take_last(text);
  identity.boot = take_last(text);
  identity.host = text;
  if (!read_number(start, identity.start) || !read_number(pid, identity.pid) || identity.pid <= 0 ||
      identity.boot.empty()) {
    return std::nullopt;
  }
  return identity;
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

// "pid:[4026531836]" as its number.
std::string pid_namespace() {
  std::array<char, 64> link{};
  const ssize_t size = ::readlink("/proc/self/ns/pid", link.data(), link.size());
  std::string text(link.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  std::erase_if(text, [](char c) { return c < '0' || c > '9'; });
  return text;
}

} // namespace

std::string machine_identity() {
  return fmt::format("{}:{}.{}", host_name(), boot_id(), pid_namespace());
}

std::string process_identity() {
  return fmt::format("{}:{}:{}", machine_identity(), process_id(),
                     process_start_ticks(process_id()).value_or(0));
}

OwnerState owner_state(std::string_view text) {
  const std::optional<Identity> owner = parse_identity(text);
  const std::string own_text = process_identity();
  const std::optional<Identity> self = parse_identity(own_text);
  if (!owner || !self || owner->host != self->host) {
    return OwnerState::unknown;
  }
  if (owner->boot != self->boot) {
    const auto boot_of = [](std::string_view boot) { return boot.substr(0, boot.find('.')); };
    return boot_of(owner->boot) == boot_of(self->boot) ? OwnerState::unknown : OwnerState::dead;
  }
  return process_start_ticks(owner->pid) == owner->start ? OwnerState::alive : OwnerState::dead;
}

std::optional<std::int64_t> process_start_ticks(int pid) {
  const std::string stat = read_proc_file(fmt::format("/proc/{}/stat", pid));
  // The name in front may hold blanks and parentheses.
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) {
    return std::nullopt;
  }
  constexpr int k_blanks_before = 20; // starttime is the 20th word after the name, see proc(5)
  std::string_view rest = std::string_view(stat).substr(name_end + 1);
  const bool is_zombie = rest.starts_with(" Z") || rest.starts_with(" X");
  for (int i = 0; i < k_blanks_before && !rest.empty(); ++i) {
    rest.remove_prefix(std::min(rest.find(' '), rest.size() - 1) + 1);
  }
  std::int64_t ticks = 0;
  const bool is_read =
      std::from_chars(rest.data(), rest.data() + rest.size(), ticks).ec == std::errc();
  return is_read && !is_zombie ? std::optional(ticks) : std::nullopt;
}

} // namespace menacedb
