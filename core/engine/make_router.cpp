#include "core/engine/make_router.hpp"

namespace menacedb {
namespace {

// To a router, the old JSON file is a file like any other.
DecidedBy decided_by(const Origin& origin) {
  return {origin.kind == "json" ? "file" : origin.kind, origin.at};
}

} // namespace

Router make_router(const Settings& settings) {
  return {settings.table_lists(), placement_from_word(settings.text("routing.undeclared")),
          decided_by(settings.origin("routing.undeclared"))};
}

} // namespace menacedb
