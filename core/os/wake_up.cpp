#include "core/os/wake_up.hpp"

#include "core/base/error.hpp"

#include <sys/eventfd.h>

#include <cerrno>

namespace menacedb {

WakeUp::WakeUp() : m_event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!m_event) {
    throw system_error(errno, "make a bell for", "a thread");
  }
}

void WakeUp::ring() noexcept {
  (void)::eventfd_write(m_event.get(), 1); // it cannot fail but when it rings already
}

void WakeUp::hear() noexcept {
  eventfd_t count = 0;
  (void)::eventfd_read(m_event.get(), &count);
}

} // namespace menacedb
