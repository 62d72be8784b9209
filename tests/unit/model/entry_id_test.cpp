#include "core/model/entry_id.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace menacedb;

namespace {

const Instant k_now = *parse_instant("2026-01-02T03:04:05.678901Z");

} // namespace

TEST_CASE("an entry id begins with the milliseconds in hex") {
  const std::string id = new_entry_id(k_now);
  CHECK(id.size() == 32);
  CHECK(id.starts_with("019b7ca98f2e"));
  CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
}

TEST_CASE("entry ids of one moment differ") {
  EntryIdSource source;
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    ids.insert(source.next(k_now));
    ids.insert(new_entry_id(k_now));
  }
  CHECK(ids.size() == 2000);
}

TEST_CASE("entry ids sort by time") {
  EntryIdSource source;
  const std::string earlier = source.next(k_now);
  CHECK(earlier < source.next(k_now + std::chrono::milliseconds(1)));
  CHECK(new_entry_id(Instant{}).starts_with("000000000000"));
}
