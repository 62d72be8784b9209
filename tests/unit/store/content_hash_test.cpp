#include "core/model/entry.hpp"
#include "core/store/content_hash.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace menacedb;

namespace {

// The hash of `data`, of the named fields when `fields` is not empty, with what was hashed.
struct Hashed {
  std::optional<std::string> hex;
  std::string canonical;
};

Hashed hash_of(std::string_view data, std::string_view fields = {}) {
  const std::string line =
      fmt::format(R"({{"data":{},"hash_fields":{}}})", data, fields.empty() ? "[]" : fields);
  JsonTape tape;
  const auto parsed = tape.parse(line);
  REQUIRE_FALSE(parsed.fault.has_value());
  const std::uint32_t list =
      fields.empty() ? k_no_node : tape.find(parsed.root, "hash_fields").value();
  Hashed hashed;
  const auto digest =
      content_hash(tape, tape.find(parsed.root, "data").value(), list, hashed.canonical);
  if (digest) {
    hashed.hex = to_hex(*digest);
  }
  return hashed;
}

} // namespace

TEST_CASE("the content hash gives the vectors of the systems replaced") {
  struct Vector {
    std::string_view data;
    std::string_view canonical;
    std::string_view hex;
  };
  const Vector vectors[] = {
      {"{}", "{}", "44136fa355b3678a"},
      {R"({"name":"a"})", R"({"name": "a"})", "278ce8dfc5e512d8"},
      {R"({"b":2,"a":1})", R"({"a": 1, "b": 2})", "d8497d9d82770a70"},
      {R"({"a":[10,9,2]})", R"({"a": [10, 2, 9]})", "4484690cb12b0bc6"},
      {R"({"a":[{"x":2},{"x":1},"s",null,true,1.5]})",
       R"({"a": ["s", 1.5, null, true, {"x": 1}, {"x": 2}]})", "afd08cdbb042fa0f"},
      {R"({"a":1})", R"({"a": 1})", "f9d86028c6e0d64e"},
      {R"({"a":1.0})", R"({"a": 1.0})", "742609b207f0900a"},
      {R"({"a":1e16})", R"({"a": 1e+16})", "df72b24597a4495a"},
      {R"({"a":1e15})", R"({"a": 1000000000000000.0})", "534a464af3b4dd71"},
      {R"({"a":-0.0})", R"({"a": -0.0})", "2c9df1fc0151b8a9"},
      {R"({"a":1e-7})", R"({"a": 1e-07})", "608b20089680892f"},
      {R"({"a":{"z":[2,1],"y":"q"}})", R"({"a": {"y": "q", "z": [1, 2]}})", "f07c3f4c808c9b2a"},
      {R"({"a":12345678901234567890123})", R"({"a": 12345678901234567890123})", "464f539e4f3c57e8"},
  };
  for (const Vector& vector : vectors) {
    CAPTURE(vector.data);
    const Hashed hashed = hash_of(vector.data);
    CHECK(hashed.canonical == vector.canonical);
    CHECK(hashed.hex.value().substr(0, 16) == vector.hex);
  }
}

TEST_CASE("only the chosen fields are hashed in the order of their names") {
  CHECK(hash_of(R"({"b":2,"c":3,"a":1})", R"(["c","a"])").canonical == R"({"a": 1, "c": 3})");
  CHECK(hash_of(R"({"b":2,"a":1})", R"(["b","a","b"])").canonical == R"({"a": 1, "b": 2})");
  CHECK(hash_of(R"({"\u0062":2,"a":1})", R"(["b"])").canonical == R"({"b": 2})");
}

TEST_CASE("DEL is escaped as Python escapes it") {
  const Hashed hashed = hash_of("{\"a\":\"x\x7F\",\"b\":[\"\x7F\"]}");
  CHECK(hashed.canonical == R"({"a": "x\u007f", "b": ["\u007f"]})");
  CHECK(hashed.hex == "bb2a5ea8990d12d2ed3d34d005f23b72f836124ad879d66ea2ad427ecaf75963");
}

TEST_CASE("no fields at all means all members") {
  CHECK(hash_of(R"({"b":2,"a":1})", "[]").canonical == R"({"a": 1, "b": 2})");
}

TEST_CASE("a field that is not in the data has no hash") {
  CHECK_FALSE(hash_of(R"({"a":1})", R"(["a","x"])").hex.has_value());
  CHECK_FALSE(hash_of(R"({"a":1})", R"(["A"])").hex.has_value());
  CHECK_FALSE(hash_of(R"({"a":1})", "[1]").hex.has_value());
  CHECK_FALSE(hash_of("{}", R"(["a"])").hex.has_value());
}

TEST_CASE("the spelling of a value does not change its hash") {
  const auto plain = hash_of(R"({"name":"é/\n","n":[0, 1.5]})");
  const auto escaped = hash_of(R"({ "n" : [ 15e-1 , -0 ] , "n\u0061me" : "\u00E9\/\u000a" })");
  CHECK(plain.canonical == R"({"n": [0, 1.5], "name": "\u00e9/\n"})");
  CHECK(plain.hex == escaped.hex);
}

TEST_CASE("rows of many columns are hashed with and without a choice") {
  std::string data = "{";
  std::string fields = "[";
  std::string expected = "{";
  for (int i = 999; i >= 100; --i) {
    data += fmt::format("\"k{}\":{}{}", i, i, i == 100 ? "}" : ",");
    fields += fmt::format("\"k{}\"{}", i, i == 100 ? "]" : ",");
  }
  for (int i = 100; i <= 999; ++i) {
    expected += fmt::format("\"k{}\": {}{}", i, i, i == 999 ? "}" : ", ");
  }
  CHECK(hash_of(data).canonical == expected);
  CHECK(hash_of(data, fields).canonical == expected);
}
