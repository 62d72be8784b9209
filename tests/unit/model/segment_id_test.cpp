#include "core/model/segment_id.hpp"

#include <doctest/doctest.h>

using namespace menacedb;

TEST_CASE("a segment is written as spool and number") {
  const SegmentId id{.spool = "66f1c2d3a4b5c6d7", .sequence = 42};
  CHECK(format_segment(id) == "66f1c2d3a4b5c6d7.42");
  CHECK(parse_segment("66f1c2d3a4b5c6d7.42") == id);
  CHECK(parse_segment("66f1c2d3a4b5c6d7.0")->sequence == 0);
  CHECK(parse_segment("66f1c2d3a4b5c6d7.18446744073709551615")->sequence == ~std::uint64_t{0});
}

TEST_CASE("other spellings are no segments") {
  for (const char* text :
       {"", ".", "66f1c2d3a4b5c6d7", "66f1c2d3a4b5c6d7.", "66F1C2D3A4B5C6D7.1",
        "66f1c2d3a4b5c6d7.01", "66f1c2d3a4b5c6d7.-1", "66f1c2d3a4b5c6d7.+1", "66f1c2d3a4b5c6d7.1x",
        "66f1c2d3a4b5c6d7.1.2", "66f1c2d3a4b5c6d.1", "66f1c2d3a4b5c6d78.1", "66f1c2d3a4b5c6d7. 1",
        "66f1c2d3a4b5c6d7.18446744073709551616"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_segment(text));
  }
}

TEST_CASE("segments sort by spool and then by number") {
  CHECK(SegmentId{"aa", 9} < SegmentId{"aa", 10});
  CHECK(SegmentId{"aa", 10} < SegmentId{"ab", 1});
}
