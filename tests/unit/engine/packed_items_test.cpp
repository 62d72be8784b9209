#include "core/engine/status/packed_items.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace menacedb;

TEST_CASE("packed items are read as they were written") {
  PackedItems items;
  items.number(0);
  items.text("two words\n7:x ");
  items.text("");
  items.number(std::numeric_limits<std::uint64_t>::max());
  PackedItemsReader reader(items.bytes());
  CHECK(reader.number() == 0);
  CHECK(reader.text() == "two words\n7:x ");
  CHECK(reader.text().empty());
  CHECK_FALSE(reader.is_whole());
  CHECK(reader.number() == std::numeric_limits<std::uint64_t>::max());
  CHECK(reader.is_whole());
}

TEST_CASE("packed items that are not there read as nothing") {
  for (const char* const bytes : {"", "x ", "1", "12x ", "5:abc ", "3:abcd ", "-1 ",
                                  "99999999999999999999999 ", "18446744073709551615:a "}) {
    CAPTURE(bytes);
    PackedItemsReader number(bytes);
    CHECK(number.number() == 0);
    CHECK_FALSE(number.is_whole());
    CHECK(number.number() == 0);
    PackedItemsReader text(bytes);
    CHECK(text.text().empty());
    CHECK_FALSE(text.is_whole());
  }
}

TEST_CASE("a list is never longer than what is left of the bytes") {
  PackedItemsReader reader("1000000 1 2 3 ");
  CHECK(reader.count() == 0);
  CHECK_FALSE(reader.is_whole());
}
