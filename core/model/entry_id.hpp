#pragma once

#include "core/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace menacedb {

// Unique across processes and hosts, and roughly in order of time: 12 hex digits of milliseconds,
// then 20 random ones. For tracing only; idempotence is the key's business.
[[nodiscard]] std::string new_entry_id(Instant now);

// The same for many ids: asks the kernel for randomness once in a while instead of once for each.
// Owned by one thread; must not be carried over a fork, whose two sides would make the same ids.
class EntryIdSource {
public:
  EntryIdSource();
  explicit EntryIdSource(std::size_t ids_per_draw);
  EntryIdSource(const EntryIdSource&) = delete;
  EntryIdSource& operator=(const EntryIdSource&) = delete;

  [[nodiscard]] std::string next(Instant now);

private:
  std::size_t m_ids_per_draw;
  std::string m_random;
  std::size_t m_used = 0;
};

} // namespace menacedb
