#include "core/model/known_positions.hpp"

#include <doctest/doctest.h>

using namespace menacedb;

namespace {

const std::vector<SpoolPosition> k_spools{
    {.spool = "a", .settled = {{1, 3}, {7, 7}}, .under_way = {{5, 100, 11}, {8, 200, 22}}},
    {.spool = "c", .settled = {}, .under_way = {{1, 300, 33}}}};

Position position(const std::string& spool, std::uint64_t sequence) {
  return KnownPositions(k_spools).position({spool, sequence});
}

} // namespace

TEST_CASE("known positions tell how far a segment is decided") {
  CHECK(position("a", 5).offset == 100);
  CHECK(position("a", 5).digest == 11);
  CHECK_FALSE(position("a", 5).is_settled);
  CHECK(position("a", 8).offset == 200);
  CHECK(position("c", 1).digest == 33);
}

TEST_CASE("known positions tell which segments are over") {
  for (const std::uint64_t sequence : {1, 2, 3, 7}) {
    CHECK(position("a", sequence).is_settled);
  }
  for (const std::uint64_t sequence : {0, 4, 5, 6, 8, 9}) {
    CHECK_FALSE(position("a", sequence).is_settled);
  }
}

TEST_CASE("what is not known has no position") {
  for (const std::string spool : {"", "b", "d"}) {
    CHECK(position(spool, 1).offset == 0);
    CHECK_FALSE(position(spool, 1).is_settled);
  }
  CHECK(position("a", 6).offset == 0);
  CHECK(position("c", 2).offset == 0);
}
