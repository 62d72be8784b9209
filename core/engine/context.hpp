#pragma once

#include "core/base/log.hpp"
#include "core/config/settings.hpp"
#include "core/os/clock.hpp"
#include "core/os/fs.hpp"
#include "core/os/stop.hpp"

namespace menacedb {

// What every operation of the engine works with. All of it is borrowed from the caller and outlives
// the operation.
struct Context {
  Fs& fs;
  Clock& clock;
  const Log& log;
  StopFlag& stop;
  const Settings& settings;
};

} // namespace menacedb
