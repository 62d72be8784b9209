#pragma once

#include "core/os/child_process.hpp"

#include <string>
#include <string_view>

namespace menacedb {

// What an attempt at a job came to.
struct JobResult {
  enum class Kind {
    completed,
    retry, // the handler asked for another attempt
    failed,
    hopeless, // failed, and no further attempt can be better
    released, // it was not really tried
  };
  Kind kind = Kind::completed;
  std::string error; // valid UTF-8
};

// EX_TEMPFAIL: the handler asks for another attempt.
inline constexpr int k_retry_status = 75;

[[nodiscard]] JobResult result_of(const ChildEnd& end, Duration timeout);

// The bytes as valid UTF-8 without blanks at the end; a character that was cut at the beginning is
// left out, other bytes that are none become \xNN.
[[nodiscard]] std::string readable_text(std::string_view bytes);

} // namespace menacedb
