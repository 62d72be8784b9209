#include "core/engine/applied_groups.hpp"

#include <map>
#include <tuple>

namespace menacedb {

std::vector<AppliedGroup> group_applied(const Batch& batch, const Outcomes& outcomes) {
  std::vector<AppliedGroup> groups;
  std::map<std::tuple<std::string_view, std::string_view, Op>, std::size_t> places;
  std::size_t last = 0; // neighbours mostly belong together
  for (std::size_t i = 0; i < batch.entries.size(); ++i) {
    if (outcomes.verdicts[i] != Verdict::applied || batch.entries[i].is_sql()) {
      continue; // SQL is of no one table
    }
    const Entry& entry = batch.entries[i];
    if (groups.empty() || groups[last].op != entry.op || groups[last].table != entry.table ||
        groups[last].origin != entry.origin) {
      const auto [place, is_new] =
          places.try_emplace({entry.origin, entry.table, entry.op}, groups.size());
      if (is_new) {
        groups.push_back({entry.origin, entry.table, entry.op});
      }
      last = place->second;
    }
    ++groups[last].entries;
  }
  return groups;
}

} // namespace menacedb
