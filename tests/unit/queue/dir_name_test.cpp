#include "core/queue/dir_name.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace menacedb;

TEST_CASE("the name of an entry says its priority and time and counter") {
  const auto place = parse_dir_name("3_1767328963123456789_42.json");
  REQUIRE(place);
  CHECK(place->priority == 3);
  CHECK(place->time == 1767328963123456789);
  CHECK(place->counter == 42);
  CHECK(sequence_of("3_1767328963123456789_42.json") == "1767328963123456789_42");
  CHECK(format_dir_name(3, "1767328963123456789_42") == "3_1767328963123456789_42.json");
}

TEST_CASE(
    "times in seconds as a date command without nanoseconds writes them are brought to size") {
  CHECK(parse_dir_name("5_1767328963N_50032.json")->time == 1767328963000000000);
  CHECK(parse_dir_name("5_1767328963N_50032.json")->counter == 50032);
  CHECK(parse_dir_name("5_1767328963_50032.json")->time == 1767328963000000000);
  CHECK(parse_dir_name("5_1767328963123_1.json")->time == 1767328963123000000);
  CHECK(parse_dir_name("5_1767328963123456_1.json")->time == 1767328963123456000);
}

TEST_CASE("the order of names is numeric") {
  const std::vector<std::string> sorted = {
      "1_1767328963123456789_9.json", "2_1767328963123456788_10.json",
      "2_1767328963123456789_9.json", "2_1767328963123456789_10.json",
      "10_1767328963123456789_1.json"};
  CHECK(std::is_sorted(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return *parse_dir_name(a) < *parse_dir_name(b);
  }));
}

TEST_CASE("other names are not those of entries") {
  for (const char* const name :
       {"", "5", ".json", "5_.json", "_1.json", "x_1.json", "5_1.txt", "5_1.json.tmp", "-1_1.json",
        ".5_1.json", "99999999_1.json", "5_1\n.json"}) {
    CAPTURE(name);
    CHECK_FALSE(parse_dir_name(name));
  }
  CHECK_FALSE(parse_dir_name("5_" + std::string(300, '1') + ".json"));
}

TEST_CASE("priorities outside of 1 to 10 keep their order and are shown clamped") {
  CHECK(*parse_dir_name("0_1_1.json") < *parse_dir_name("1_1_1.json"));
  CHECK(*parse_dir_name("10_1_1.json") < *parse_dir_name("11_1_1.json"));
  CHECK(shown_priority(0) == 1);
  CHECK(shown_priority(7) == 7);
  CHECK(shown_priority(65535) == 10);
}
