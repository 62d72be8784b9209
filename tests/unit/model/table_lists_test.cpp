#include "core/model/table_lists.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace menacedb;

namespace {

std::vector<int> lines_of(const TableLists& lists, std::string_view name) {
  std::vector<int> lines;
  for (auto at = lists.first(name); at; at = lists.next(*at)) {
    lines.push_back(lists.all()[*at].line);
  }
  return lines;
}

} // namespace

TEST_CASE("what is said about one table is found in the order of reading") {
  TableLists lists(nullptr);
  CHECK(lines_of(lists, "a").empty());
  int line = 0;
  for (const std::string_view name : {"a", "b", "a", "c", "a"}) {
    lists.add({name, Placement::shared, false, "file", "menacedb.toml", ++line, 1});
  }
  CHECK(lines_of(lists, "a") == std::vector{1, 3, 5});
  CHECK(lines_of(lists, "b") == std::vector{2});
  CHECK(lines_of(lists, "d").empty());
  CHECK(lists.all().size() == 5);
}

TEST_CASE("ten thousand tables are each found and hold their texts") {
  const auto names = std::make_shared<std::vector<std::string>>();
  for (int i = 0; i < 10000; ++i) {
    names->push_back("table_" + std::to_string(i % 5000));
  }
  const std::weak_ptr<const void> watch = names;
  TableLists lists(names);
  for (const std::string& name : *names) {
    lists.add({name, Placement::local, false, "file", "menacedb.toml", 1, 1});
  }
  for (std::uint32_t i = 0; i < 5000; ++i) {
    REQUIRE(lists.first((*names)[i]) == i);
    REQUIRE(lists.next(i) == i + 5000);
    REQUIRE_FALSE(lists.next(i + 5000).has_value());
  }
  CHECK(watch.use_count() == 2);
}

TEST_CASE("placements have words") {
  for (const Placement placement : {Placement::shared, Placement::local, Placement::deny}) {
    CHECK(placement_from_word(placement_word(placement)) == placement);
  }
  CHECK(placement_from_word("unknown") == Placement::unknown);
  CHECK(placement_from_word("") == Placement::unknown);
}
