#pragma once

#include "core/os/fs.hpp"

#include <optional>
#include <string>

namespace menacedb {

// How an audit log ends.
struct AuditTail {
  Bytes whole = 0;                 // up to and with the last newline; the rest is a torn line
  std::optional<std::string> hash; // of the last chained line
};

// Looks at no more than the last megabytes: what has no newline there counts as whole, what has no
// hash there as unchained.
[[nodiscard]] AuditTail read_audit_tail(Fs& fs, const Fd& file, Bytes size);

} // namespace menacedb
