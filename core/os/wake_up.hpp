#pragma once

#include "core/os/fd.hpp"

namespace menacedb {

// A bell between threads: whoever polls its descriptor comes back when another thread rings.
class WakeUp {
public:
  WakeUp();

  void ring() noexcept;
  [[nodiscard]] int descriptor() const noexcept { return m_event.get(); }
  // Readable no more until it rings again.
  void hear() noexcept;

private:
  Fd m_event;
};

} // namespace menacedb
