#pragma once

#include "core/base/time.hpp"

namespace menacedb {

// Time, so that tests can turn it. Deadlines use monotonic(); now() may jump.
class Clock {
public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() = 0;
  [[nodiscard]] virtual Duration monotonic() = 0; // since an arbitrary start
  virtual void sleep(Duration duration) = 0;
};

class SystemClock : public Clock {
public:
  Instant now() override;
  Duration monotonic() override;
  void sleep(Duration duration) override; // returns early on a signal
};

} // namespace menacedb
