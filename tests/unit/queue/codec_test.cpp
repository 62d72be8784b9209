#include "core/queue/codec.hpp"

#include <doctest/doctest.h>

using namespace menacedb;

namespace {

struct Decoded {
  Batch batch;
  std::string line;

  explicit Decoded(std::string text) : line(std::move(text)) {
    (void)decode_line(batch, line, 10, line.size() + 1, 0, "lane");
  }
  [[nodiscard]] const Entry& entry() const { return batch.entries.at(0); }
  [[nodiscard]] std::string code() const {
    return entry().fault < 0 ? "" : batch.faults.at(static_cast<std::size_t>(entry().fault)).code;
  }
  [[nodiscard]] std::string message() const {
    return entry().fault < 0 ? ""
                             : batch.faults.at(static_cast<std::size_t>(entry().fault)).message;
  }
  [[nodiscard]] std::string payload() const {
    return entry().data == k_no_node ? "none" : std::string(batch.tape.at(entry().data).raw);
  }
};

} // namespace

TEST_CASE("a line of producer A becomes an entry") {
  const Decoded line(R"({"data": {"name": "x"}, "hash": "00", "hash_fields": ["name"], )"
                     R"("source_menace_id": "alpha", "table": "bots"})");
  CHECK(line.code().empty());
  CHECK(line.entry().table == "bots");
  CHECK(line.entry().origin == "alpha");
  CHECK(line.entry().op == Op::insert);
  CHECK(line.payload() == R"({"name": "x"})");
  CHECK(line.entry().hash_fields != k_no_node);
  CHECK(line.entry().offset == 10);
}

TEST_CASE("the payload is record if truthy then data then values") {
  CHECK(Decoded(R"({"table":"t","record":{"a":1},"data":{"b":1}})").payload() == R"({"a":1})");
  CHECK(Decoded(R"({"table":"t","record":{},"data":{"b":1}})").payload() == R"({"b":1})");
  CHECK(Decoded(R"({"table":"t","record":null,"values":{"c":1}})").payload() == R"({"c":1})");
  CHECK(Decoded(R"({"table":"t","data":null,"values":{"c":1}})").payload() == R"({"c":1})");
  CHECK(Decoded(R"({"table":"t","data":{},"values":{"c":1}})").payload() == R"({"c":1})");
  CHECK(Decoded(R"({"table":"t","data":{}})").payload() == "{}");
}

TEST_CASE("the origin is menace-id if truthy then source-menace-id then the lane") {
  CHECK(
      Decoded(R"({"table":"t","data":{},"menace_id":"a","source_menace_id":"b"})").entry().origin ==
      "a");
  CHECK(
      Decoded(R"({"table":"t","data":{},"menace_id":"","source_menace_id":"b"})").entry().origin ==
      "b");
  CHECK(Decoded(R"({"table":"t","data":{},"source_menace_id":""})").entry().origin == "lane");
  CHECK(Decoded(R"({"table":"t","data":{},"menace_id":17})").entry().origin == "17");
}

TEST_CASE("all other members of a line are read") {
  const Decoded line(R"({"table":"t","data":{"a":1},"op":"delete","id":"i1","key":"k1",)"
                     R"("key_fields":["a"],"hash_fields":[],"not_before":1767323045.5,)"
                     R"("created_at":"2026-01-02T03:04:05Z","priority":1,"metadata":{"x":1}})");
  CHECK(line.code().empty());
  CHECK(line.entry().op == Op::erase);
  CHECK(line.entry().id == "i1");
  CHECK(line.entry().key == "k1");
  CHECK(line.entry().key_fields != k_no_node);
  CHECK(line.entry().hash_fields == k_no_node);
  REQUIRE(line.entry().not_before.has_value());
  CHECK(format_instant(*line.entry().not_before).substr(0, 21) == "2026-01-02T03:04:05.5");
  CHECK(line.entry().created_at == parse_instant("2026-01-02T03:04:05Z"));
}

TEST_CASE("what cannot be read is a fault with a code") {
  CHECK(Decoded("[1,2]").code() == "not-an-object");
  CHECK(Decoded("5").code() == "not-an-object");
  CHECK(Decoded("null").code() == "not-an-object");
  CHECK(Decoded("{\"a\":").code() == "json-syntax");
  CHECK(Decoded("\xff").code().substr(0, 5) == "json-");
  CHECK(Decoded(R"({"table":"t","data":{"a":1,"A":2}})").code() == "json-duplicate-key");
  CHECK(Decoded(R"({"table":"t","data":[1]})").message() == "missing table or record");
  CHECK(Decoded(R"({"data":{"a":1}})").code() == "missing-table-or-record");
  CHECK(Decoded(R"({"table":"","data":{"a":1}})").code() == "missing-table-or-record");
  CHECK(Decoded(R"({"table":5,"data":{"a":1}})").code() == "missing-table-or-record");
  CHECK(Decoded(R"({"table":"t","data":{},"op":"drop"})").code() == "unknown-op");
  CHECK(Decoded(R"({"table":"t","data":{},"op":"drop"})").message() ==
        "unknown operation \"drop\"");
  CHECK(Decoded(R"({"table":"t","data":{},"not_before":"soon"})").message() ==
        "'not_before' is not a time");
  CHECK(Decoded(R"({"table":"t","data":{},"hash_fields":"a"})").message() ==
        "'hash_fields' is not a list of names");
  CHECK(Decoded(R"({"table":"t","data":{},"menace_id":["x"]})").code() == "bad-field");
}

TEST_CASE("a faulty line still says its table and origin when they can be read") {
  const Decoded line(R"({"table":"t","data":[1],"menace_id":"a"})");
  CHECK(line.entry().table == "t");
  CHECK(line.entry().origin == "a");
}

TEST_CASE("blank lines are no entries and a carriage return is blank") {
  Batch batch;
  CHECK_FALSE(decode_line(batch, "", 0, 1, 0, ""));
  CHECK_FALSE(decode_line(batch, " \t\r", 0, 4, 0, ""));
  CHECK(batch.entries.empty());
  CHECK(Decoded("{\"table\":\"t\",\"data\":{}}\r").code().empty());
}
