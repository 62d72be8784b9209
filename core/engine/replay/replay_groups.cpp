#include "core/engine/replay/replay_groups.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <functional>

namespace menacedb {

void ReplayGroups::add(const std::string& error, const std::string& table,
                       std::optional<Instant> failed_at, std::string_view sample) {
  ReplayGroup& group = m_groups[{error, table}];
  group.error = error;
  group.table = table;
  ++group.count;
  if (failed_at) {
    group.first_at = std::min(group.first_at.value_or(*failed_at), *failed_at);
    group.last_at = std::max(group.last_at.value_or(*failed_at), *failed_at);
  }
  group.sample = sample;
}

std::vector<ReplayGroup> ReplayGroups::list() const {
  std::vector<ReplayGroup> groups;
  for (const auto& [key, group] : m_groups) {
    groups.push_back(group);
  }
  std::ranges::stable_sort(groups, std::ranges::greater(), &ReplayGroup::count);
  return groups;
}

bool is_meant(const ReplayOptions& options, const std::string& table, const std::string& error) {
  const bool has_table = options.table.empty() || table == options.table;
  return has_table && (options.error.empty() ||
                       to_lower(error).find(to_lower(options.error)) != std::string::npos);
}

} // namespace menacedb
