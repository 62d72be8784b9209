#include "core/os/fd.hpp"

#include <unistd.h>

namespace menacedb {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    close();
    m_descriptor = std::exchange(other.m_descriptor, -1);
  }
  return *this;
}

void Fd::close() noexcept {
  if (m_descriptor >= 0) {
    // Never repeated on EINTR: Linux has released the descriptor by then, and the number may
    // already belong to another thread's file.
    ::close(std::exchange(m_descriptor, -1));
  }
}

} // namespace menacedb
