#pragma once

#include <utility>

namespace menacedb {

// Owns a file descriptor; closed on destruction (close errors are ignored: data that must be on
// disk is synced first). Move-only.
class Fd {
public:
  Fd() noexcept = default;
  explicit Fd(int descriptor) noexcept : m_descriptor(descriptor) {}
  Fd(Fd&& other) noexcept : m_descriptor(std::exchange(other.m_descriptor, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd() { close(); }

  [[nodiscard]] int get() const noexcept { return m_descriptor; }
  [[nodiscard]] explicit operator bool() const noexcept { return m_descriptor >= 0; }
  void close() noexcept;
  // Gives the descriptor away, unclosed.
  [[nodiscard]] int release() noexcept { return std::exchange(m_descriptor, -1); }

private:
  int m_descriptor = -1;
};

} // namespace menacedb
