#pragma once

#include "core/os/fd.hpp"

#include <cerrno>
#include <string>

namespace menacedb {

// Repeats a system call that a signal interrupted.
template <typename Call>
[[nodiscard]] auto retry_interrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) {
    result = call();
  }
  return result;
}

// The path behind a descriptor, for error messages only.
[[nodiscard]] std::string path_of(const Fd& file);

} // namespace menacedb
