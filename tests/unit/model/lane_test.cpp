#include "core/base/text.hpp"
#include "core/model/segment_id.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>

using namespace menacedb;

namespace {

struct Known {
  const char* file;
  const char* name;
  int priority;
  const char* origin;
};

constexpr auto k_known = std::to_array<Known>({
    {"alpha.jsonl", "alpha", 5, "alpha"},
    {"alpha@p1.jsonl", "alpha", 1, "alpha"},
    {"alpha@p3.jsonl", "alpha", 3, "alpha"},
    {"alpha@p10.jsonl", "alpha", 10, "alpha"},
    {"alpha@p5.jsonl", "alpha@p5", 5, "alpha"},
    {"alpha@p5@p3.jsonl", "alpha@p5", 3, "alpha"},
    {"alpha@p3@p7.jsonl", "alpha@p3", 7, "alpha@p3"},
    {"alpha@p03.jsonl", "alpha@p03", 5, "alpha@p03"},
    {"alpha@p0.jsonl", "alpha@p0", 5, "alpha@p0"},
    {"alpha@p11.jsonl", "alpha@p11", 5, "alpha@p11"},
    {"alpha@p-1.jsonl", "alpha@p-1", 5, "alpha@p-1"},
    {"alpha@p+1.jsonl", "alpha@p+1", 5, "alpha@p+1"},
    {"alpha@p.jsonl", "alpha@p", 5, "alpha@p"},
    {"alpha@p99999999999999999999.jsonl", "alpha@p99999999999999999999", 5,
     "alpha@p99999999999999999999"},
    {"@p3.jsonl", "@p3", 5, "@p3"},
    {"@p5.jsonl", "@p5", 5, "@p5"},
    {"a.b.jsonl", "a.b", 5, "a.b"},
    {"two words.jsonl", "two words", 5, "two words"},
    {"größe-日本.jsonl", "größe-日本", 5, "größe-日本"},
    {"bots_queue.jsonl", "bots_queue", 5, ""},
    {"bots_queue@p2.jsonl", "bots_queue", 2, ""},
    {"bots_queue@p5.jsonl", "bots_queue@p5", 5, ""},
    {"replay.jsonl", "replay", 5, ""},
    {"replay@p9.jsonl", "replay", 9, ""},
    {"queue.jsonl", "queue", 5, "queue"},
    {"queue.log.jsonl", "queue.log", 5, "queue.log"},
});

} // namespace

TEST_CASE("file names are lanes and lanes are file names") {
  for (const Known& known : k_known) {
    CAPTURE(known.file);
    const auto lane = parse_lane_file_name(known.file);
    REQUIRE(lane);
    CHECK(lane->name == known.name);
    CHECK(lane->priority == known.priority);
    CHECK(lane_origin(*lane) == known.origin);
    CHECK(lane_file_name(*lane) == known.file);
  }
}

TEST_CASE("two files are never one lane") {
  std::set<Lane> lanes;
  for (const Known& known : k_known) {
    lanes.insert(*parse_lane_file_name(known.file));
  }
  CHECK(lanes.size() == k_known.size());
}

TEST_CASE("the lane of a safe id comes back from its file name at each priority") {
  for (const char* name : {"alpha", "a.b", "-x", "_", "p5", "a-p3", "jsonl", "x.jsonl"}) {
    REQUIRE(is_safe_id(name));
    for (int priority = k_first_priority; priority <= k_last_priority; ++priority) {
      const Lane lane{.name = name, .priority = priority};
      CHECK(parse_lane_file_name(lane_file_name(lane)) == lane);
    }
  }
}

TEST_CASE("other files of the spool are not lanes") {
  for (const std::string& name :
       {std::string(), std::string(".jsonl"), std::string(".alpha.jsonl"), std::string("alpha"),
        std::string("alpha.json"), std::string("alpha.jsonl.bak"), std::string("ALPHA.JSONL"),
        std::string("queue.failed.jsonl"), std::string("queue.failed.jsonl.bak"),
        std::string("queue.log.bak"), std::string("processed.log"), std::string("a/b.jsonl"),
        std::string("../evil.jsonl"), std::string("a\nb.jsonl"), std::string("a\x7f.jsonl"),
        std::string("a\0b.jsonl", 9), std::string(195, 'x') + ".jsonl"}) {
    CAPTURE(name);
    CHECK_FALSE(parse_lane_file_name(name));
  }
  CHECK(parse_lane_file_name(std::string(194, 'x') + ".jsonl"));
}
