#pragma once

#include "core/engine/context.hpp"
#include "core/os/file_lock.hpp"

#include <string>

namespace menacedb {

// One drain's turn at a spool, for one batch or several. A drain that waits stands in the doorway
// (`<path>.next`), which the one that just left must pass again, so that two drains alternate
// instead of one of them winning every time. For order and speed only; exactly-once never rests on
// it (invariant 3).
class Turn {
public:
  // Throws busy when it did not come within `patience`.
  Turn(const Context& context, const std::string& lock_path, Duration patience);

  // Whether another drain stands in the doorway.
  [[nodiscard]] bool is_wanted();

private:
  Fs& m_fs;
  std::string m_doorway;
  FileLock m_lock;
};

} // namespace menacedb
