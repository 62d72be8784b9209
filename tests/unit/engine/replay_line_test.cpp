#include "core/engine/drain/replay_line.hpp"

#include <doctest/doctest.h>

using namespace menacedb;

TEST_CASE("a replayed line gets a key behind its other members") {
  CHECK(with_replay_key(R"({"table": "bots", "data": {"a": 1.50}})", "dead:s.1:0") ==
        R"({"table":"bots","data":{"a": 1.50},"key":"dead:s.1:0"})");
}

TEST_CASE("a replayed line keeps a key of its own") {
  const std::string line = R"({"table": "bots", "key": "mine", "data": {}})";
  CHECK(with_replay_key(line, "dead:s.1:0") == line);
}

TEST_CASE("an empty key is no key") {
  CHECK(with_replay_key(R"({"key": "", "table": "bots", "data": {}})", "k") ==
        R"({"table":"bots","data":{},"key":"k"})");
  CHECK(with_replay_key(R"({"key": null, "table": "bots", "data": {}})", "k") ==
        R"({"table":"bots","data":{},"key":"k"})");
}

TEST_CASE("an archived line loses its key") {
  CHECK(without_key(R"({"table": "bots", "key": "mine", "data": {}})") ==
        R"({"table":"bots","data":{}})");
}

TEST_CASE("what cannot be read as an entry cannot be replayed") {
  CHECK_FALSE(read_replay_line("{not json"));
  CHECK_FALSE(read_replay_line(R"({"file": "/tmp/x.jsonl"})"));
  CHECK_FALSE(read_replay_line(R"([1, 2])"));
  CHECK_FALSE(read_replay_line("  "));
}

TEST_CASE("an entry tells its id table and origin") {
  const auto line =
      read_replay_line(R"({"id": "7", "table": "bots", "data": {}, "menace_id": "alpha"})");
  REQUIRE(line);
  CHECK(line->id == "7");
  CHECK(line->table == "bots");
  CHECK(line->origin == "alpha");
}
