#include "core/engine/make_router.hpp"

namespace menacedb {
namespace {

// To a router, the old JSON file is a file like any other.
DecidedBy decided_by(const Origin& origin) {
  return {origin.kind == "json" ? "file" : origin.kind, origin.at};
}

} // namespace

Router make_router(const Settings& settings) {
  std::vector<TableList> lists;
  lists.reserve(settings.routed_tables().size());
  for (const Settings::RoutedTables& routed : settings.routed_tables()) {
    lists.push_back({placement_from_word(routed.placement), decided_by(routed.origin),
                     routed.tables, routed.is_explicit});
  }
  return {lists, placement_from_word(settings.text("routing.undeclared")),
          decided_by(settings.origin("routing.undeclared"))};
}

} // namespace menacedb
