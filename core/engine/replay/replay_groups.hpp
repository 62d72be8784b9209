#pragma once

#include "core/engine/replay/replay.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace menacedb {

// What dead letters have in common. Not thread-safe.
class ReplayGroups {
public:
  // One more, which is its group's sample from now on.
  void add(const std::string& error, const std::string& table, std::optional<Instant> failed_at,
           std::string_view sample);
  // By count, the largest first.
  [[nodiscard]] std::vector<ReplayGroup> list() const;

private:
  std::map<std::pair<std::string, std::string>, ReplayGroup> m_groups; // by error and table
};

// Whether a dead letter has the table and the error that the options ask for, if they do.
[[nodiscard]] bool is_meant(const ReplayOptions& options, const std::string& table,
                            const std::string& error);

} // namespace menacedb
