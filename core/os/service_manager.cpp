#include "core/os/service_manager.hpp"

#include "core/os/fd.hpp"
#include "core/os/process.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <charconv>
#include <cstddef>
#include <cstring>

namespace menacedb {
namespace {

std::string_view text_of(const char* value) {
  return value == nullptr ? std::string_view() : value;
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                  : std::nullopt;
}

} // namespace

ServiceManager::ServiceManager(const Environment& environment)
    : m_socket(text_of(environment("NOTIFY_SOCKET"))) {
  const auto period = number_of(text_of(environment("WATCHDOG_USEC")));
  const std::string_view pid = text_of(environment("WATCHDOG_PID"));
  if (period && *period > 0 && (pid.empty() || number_of(pid) == process_id())) {
    m_watchdog = Duration(*period);
  }
}

void ServiceManager::tell(std::string_view message) const {
  sockaddr_un address{};
  if (m_socket.empty() || m_socket.size() >= sizeof address.sun_path) {
    return;
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, m_socket.data(), m_socket.size());
  if (m_socket.front() == '@') {
    address.sun_path[0] = '\0'; // the abstract namespace
  }
  const Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + m_socket.size());
  (void)::sendto(socket.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                 reinterpret_cast<const sockaddr*>(&address), size);
}

} // namespace menacedb
