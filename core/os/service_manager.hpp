#pragma once

#include "core/base/time.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// Talks to the service manager that started us (sd_notify(3)): one datagram per message. Does
// nothing when there is none; a message that cannot be sent is dropped.
class ServiceManager {
public:
  using Environment = std::function<const char*(const char*)>; // getenv

  ServiceManager() = default; // none
  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  explicit ServiceManager(const Environment& environment);

  // "READY=1", "STATUS=…"; several lines at once are one message.
  void tell(std::string_view message) const;
  // It expects a sign of life ("WATCHDOG=1") that often; none: never.
  [[nodiscard]] std::optional<Duration> watchdog() const noexcept { return m_watchdog; }

private:
  std::string m_socket; // a path, or '@' and an abstract name
  std::optional<Duration> m_watchdog;
};

} // namespace menacedb
