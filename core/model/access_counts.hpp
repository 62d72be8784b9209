#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace menacedb {

// How often tables were accessed, by placement.
struct AccessCounts {
  using Tables = std::map<std::string, std::uint64_t, std::less<>>;
  Tables shared;
  Tables local;

  [[nodiscard]] bool is_empty() const noexcept { return shared.empty() && local.empty(); }
  AccessCounts& operator+=(const AccessCounts& other) {
    for (const auto& [table, count] : other.shared) {
      shared[table] += count;
    }
    for (const auto& [table, count] : other.local) {
      local[table] += count;
    }
    return *this;
  }
};

} // namespace menacedb
