#include "core/config/routing_conflicts.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

// /etc, the user's file, and all that belongs to the project.
int rank(const Settings& settings, const ListedTable& table) {
  const auto file = std::ranges::find(settings.files(), table.source, &ConfigFile::path);
  if (file == settings.files().end() || (file->kind != "system" && file->kind != "user")) {
    return 2;
  }
  return file->kind == "user" ? 1 : 0;
}

bool is_of_a_file(const ListedTable& table) {
  return table.kind == "file" || table.kind == "json";
}

bool contradict(const Settings& settings, const ListedTable& earlier, const ListedTable& later) {
  if (!is_of_a_file(earlier) || !is_of_a_file(later) || earlier.placement == later.placement ||
      earlier.placement == Placement::deny || later.placement == Placement::deny) {
    return false;
  }
  if (earlier.source == later.source) {
    return later.kind == "json";
  }
  return !later.is_explicit || rank(settings, earlier) == rank(settings, later);
}

ConfigProblem problem(const ListedTable& earlier, const ListedTable& later) {
  const std::string name = printable(later.name);
  return {.file = std::string(later.source),
          .line = later.line,
          .column = later.column,
          .key = later.is_explicit ? fmt::format("tables.{}.placement", name)
                                   : fmt::format("routing.{}", placement_word(later.placement)),
          .message =
              fmt::format("cannot route table '{}' to two sides: it is {} here and {} by "
                          "{}:{}",
                          name, placement_word(later.placement), placement_word(earlier.placement),
                          printable(earlier.source), earlier.line),
          .hint = fmt::format("menacedb route {}", name)};
}

} // namespace

std::vector<ConfigProblem> routing_conflicts(const Settings& settings) {
  std::vector<ConfigProblem> problems;
  const std::shared_ptr<const TableLists> lists = settings.table_lists();
  for (std::uint32_t at = 0; at < lists->all().size(); ++at) {
    const ListedTable& later = lists->all()[at];
    for (auto before = lists->first(later.name); before && *before < at;
         before = lists->next(*before)) {
      if (contradict(settings, lists->all()[*before], later)) {
        problems.push_back(problem(lists->all()[*before], later));
        break;
      }
    }
  }
  return problems;
}

} // namespace menacedb
