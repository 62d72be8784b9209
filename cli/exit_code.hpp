#pragma once

#include "core/base/error.hpp"

#include <array>
#include <string_view>

namespace menacedb {

inline constexpr int k_exit_done = 0;
inline constexpr int k_exit_some_failed = 1; // done, but the answer is no, or some entries failed
inline constexpr int k_exit_signal_base = 128;

// Every exit status with its meaning, word for word as menacedb(1) prints it; a lint test compares.
struct ExitStatus {
  int status;
  std::string_view meaning;
};
inline constexpr auto k_exit_statuses = std::to_array<ExitStatus>({
    {0, "done"},
    {1, "done, but the answer is no, or some entries failed"},
    {2, "wrong usage"},
    {65, "bad input data"},
    {69, "a worker or server cannot be reached"},
    {70, "a mistake of menacedb itself"},
    {73, "cannot create a file"},
    {74, "I/O error or disk full"},
    {75, "busy or timed out, safe to try again"},
    {77, "denied by policy or permission"},
    {78, "bad configuration, or a table that is not declared"},
});

[[nodiscard]] constexpr int exit_status(ErrorKind kind) noexcept {
  switch (kind) {
  case ErrorKind::usage:
    return 2;
  case ErrorKind::bad_input:
  case ErrorKind::sql:
    return 65;
  case ErrorKind::unavailable:
    return 69;
  case ErrorKind::internal:
    return 70;
  case ErrorKind::cannot_create:
    return 73;
  case ErrorKind::io:
    return 74;
  case ErrorKind::busy:
    return 75;
  case ErrorKind::denied:
    return 77;
  case ErrorKind::config:
    return 78;
  }
  return 70;
}

} // namespace menacedb
