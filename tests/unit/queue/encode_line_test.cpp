#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "core/queue/codec.hpp"

#include <doctest/doctest.h>

using namespace menacedb;

namespace {

NewEntry entry_of(std::string_view data) {
  NewEntry entry;
  entry.table = "bots";
  entry.origin = "alpha";
  entry.id = "i1";
  entry.data = data;
  entry.created_at = *parse_instant("2026-01-02T03:04:05Z");
  return entry;
}

std::string line_of(const NewEntry& entry) {
  std::string out;
  encode_line(out, entry);
  return out;
}

std::string hash_in(const std::string& line) {
  const auto at = line.find("\"hash\": \"");
  return at == std::string::npos ? "" : line.substr(at + 9, 64);
}

} // namespace

TEST_CASE("a line is written as producer A does with id and time") {
  const std::string hash = sha256_hex(R"({"name": "x"})");
  CHECK(line_of(entry_of(R"({"name":"x"})")) ==
        R"({"created_at": "2026-01-02T03:04:05Z", "data": {"name": "x"}, "hash": ")" + hash +
            R"(", "hash_fields": ["name"], "id": "i1", "source_menace_id": "alpha", )"
            R"("table": "bots"})"
            "\n");
}

TEST_CASE("keys are sorted and hash fields keep the order of the data") {
  const std::string line = line_of(entry_of(R"({"b":2,"a":[10,9,2],"ü":"é"})"));
  CHECK(line.find(R"("data": {"a": [10, 9, 2], "b": 2, "\u00fc": "\u00e9"})") != std::string::npos);
  CHECK(line.find(R"("hash_fields": ["b", "a", "\u00fc"])") != std::string::npos);
}

TEST_CASE("the hash is of the canonical text") {
  CHECK(hash_in(line_of(entry_of("{}"))).substr(0, 16) == "44136fa355b3678a");
  CHECK(hash_in(line_of(entry_of(R"({"b":2,"a":1})"))).substr(0, 16) == "d8497d9d82770a70");
  CHECK(hash_in(line_of(entry_of(R"({"a":[10,9,2]})"))).substr(0, 16) == "4484690cb12b0bc6");
  CHECK(hash_in(line_of(entry_of(R"({"a":{"z":[2,1],"y":"q"}})"))).substr(0, 16) ==
        "f07c3f4c808c9b2a");
  CHECK(hash_in(line_of(entry_of(R"({"a":1e16})"))).substr(0, 16) == "df72b24597a4495a");
  CHECK(hash_in(line_of(entry_of(R"({"a":-0.0})"))).substr(0, 16) == "2c9df1fc0151b8a9");
  CHECK(hash_in(line_of(entry_of(R"({"a":12345678901234567890123})"))).substr(0, 16) ==
        "464f539e4f3c57e8");
}

TEST_CASE("chosen hash fields alone are hashed and written in the order of the caller") {
  NewEntry entry = entry_of(R"({"c":3,"b":2,"a":1})");
  entry.hash_fields = {"b", "a"};
  const std::string line = line_of(entry);
  CHECK(hash_in(line).substr(0, 16) == "d8497d9d82770a70");
  CHECK(line.find(R"("hash_fields": ["b", "a"])") != std::string::npos);
}

TEST_CASE("hash fields that the data lacks are named in order") {
  NewEntry entry = entry_of(R"({"c":3})");
  entry.hash_fields = {"b", "c", "a"};
  try {
    (void)line_of(entry);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.message() == "Missing fields for hashing: a, b");
    CHECK(error.kind() == ErrorKind::bad_input);
  }
}

TEST_CASE("what was asked for is written and read back") {
  NewEntry entry = entry_of(R"({"a":"line\nbreak"})");
  entry.key = "k\"1";
  entry.key_fields = {"a"};
  entry.metadata = R"({"z":1,"y":[true]})";
  entry.op = Op::upsert;
  entry.priority = 3;
  entry.not_before = parse_instant("2027-01-02T03:04:05Z");
  const std::string line = line_of(entry);
  CHECK(line.find('\n') == line.size() - 1);

  Batch batch;
  REQUIRE(
      decode_line(batch, std::string_view(line).substr(0, line.size() - 1), 0, line.size(), 0, ""));
  const Entry& back = batch.entries[0];
  CHECK(back.fault == -1);
  CHECK(back.key == "k\"1");
  CHECK(back.op == Op::upsert);
  CHECK(back.not_before == entry.not_before);
  CHECK(back.created_at == entry.created_at);
  CHECK(back.key_fields != k_no_node);
  CHECK(line.find(R"("metadata": {"y": [true], "z": 1})") != std::string::npos);
  CHECK(line.find(R"("priority": 3)") != std::string::npos);
}

TEST_CASE("data that the caller parsed already gives the same line") {
  const std::string data = R"({"b":[1,{"x":null}],"a":1.50,"c":-0})";
  JsonTape tape;
  const auto parsed = tape.parse(data, 1);
  REQUIRE_FALSE(parsed.fault);
  NewEntry entry = entry_of(data);
  const std::string plain = line_of(entry);
  entry.tape = &tape;
  entry.root = parsed.root;
  CHECK(line_of(entry) == plain);
  CHECK(plain.find(R"("data": {"a": 1.5, "b": [1, {"x": null}], "c": 0})") != std::string::npos);
}

TEST_CASE("data that is no JSON object is refused") {
  CHECK_THROWS_AS((void)line_of(entry_of("[1]")), Error);
  CHECK_THROWS_AS((void)line_of(entry_of("{")), Error);
}
