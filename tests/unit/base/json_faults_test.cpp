#include "core/base/json.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace menacedb;

namespace {

std::optional<JsonFault> fault_of(std::string_view text, unsigned expand_depth = 2) {
  // A copy of exactly this size, so that a sanitizer sees a read beyond it.
  const std::vector<char> exact(text.begin(), text.end());
  JsonTape tape;
  return tape.parse({exact.data(), exact.size()}, expand_depth).fault;
}

// The code of the fault, or nothing when there is none.
std::string_view code_of(std::string_view text, unsigned expand_depth = 2) {
  const auto fault = fault_of(text, expand_depth);
  return fault ? fault->code : std::string_view();
}

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

std::string object_of(std::size_t members, std::string_view last) {
  std::string text = "{";
  for (std::size_t i = 0; i < members; ++i) {
    text += fmt::format("\"key{}\":{},", i, i);
  }
  return text + fmt::format("\"{}\":0}}", last);
}

} // namespace

TEST_CASE("a fault tells where and why") {
  const auto fault = fault_of(R"({"a" 1})");
  REQUIRE(fault.has_value());
  CHECK(fault->code == "json-syntax");
  CHECK(fault->message == "cannot parse JSON at byte 5: expected ':'");
  CHECK(fault->offset == 5);
}

TEST_CASE("text that is not JSON is a syntax fault") {
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "[",
                                      "[1",
                                      "[1,",
                                      "[1,]",
                                      "[,1]",
                                      "[1 2]",
                                      "{,}",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{\"a\":1,}",
                                      "{\"a\":1 \"b\":2}",
                                      "{a:1}",
                                      "{1:2}",
                                      "{\"a\":1]",
                                      "[1}",
                                      "nul",
                                      "nulll]",
                                      "True",
                                      "NaN",
                                      "Infinity",
                                      "-Infinity",
                                      "-",
                                      "+1",
                                      ".5",
                                      "1.",
                                      "1.e5",
                                      "1e",
                                      "1e+",
                                      "01",
                                      "-01",
                                      "0x10",
                                      "\"",
                                      "\"a",
                                      "\"\\",
                                      "\"\\u12",
                                      "\"\\x\"",
                                      "\"\\u12g4\"",
                                      "'a'",
                                      "\"a\nb\"",
                                      "\"a\tb\"",
                                      "]",
                                      "}",
                                      ",",
                                      ":",
                                      "\xC3\xA9",
                                      "\xEF\xBB\xBF",
                                      "//x\n1",
                                      "\x01"}) {
    CAPTURE(text);
    CHECK((code_of(text) == "json-syntax" || code_of(text) == "json-trailing"));
  }
  CHECK(code_of("nulll") == "json-trailing");
}

TEST_CASE("NUL bytes are faults inside and outside of strings") {
  CHECK(code_of(std::string_view("\0", 1)) == "json-syntax");
  CHECK(code_of(std::string_view("{\"a\":1}\0", 8)) == "json-syntax");
  CHECK(code_of(std::string_view("\"a\0b\"", 5)) == "json-syntax");
  CHECK(code_of(std::string_view("[1,\0]", 5)) == "json-syntax");
}

TEST_CASE("bytes after the value are told from other faults by their code and place") {
  const auto fault = fault_of(R"({"a":1} })");
  REQUIRE(fault.has_value());
  CHECK(fault->code == "json-trailing");
  CHECK(fault->offset == 8);
}

TEST_CASE("bad UTF-8 in strings and names is a fault at every depth") {
  for (const std::string_view bytes : {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) {
    CHECK(code_of(fmt::format("\"{}\"", bytes)) == "json-utf8");
    CHECK(code_of(fmt::format("{{\"{}\":1}}", bytes)) == "json-utf8");
    CHECK(code_of(fmt::format("[[[{{\"{}\":1}}]]]", bytes)) == "json-utf8");
    CHECK(code_of(fmt::format("[[[\"xx{}\"]]]", bytes)) == "json-utf8");
  }
}

TEST_CASE("half of a surrogate pair is a fault") {
  for (const std::string_view text :
       {R"("\ud800")", R"("\udc00")", R"("\ud800x")", R"("\ud800\u0041")", R"("\ud800\ud800")",
        R"("\udc00\ud800")", R"("\ud83d\n")"}) {
    CAPTURE(text);
    CHECK(code_of(text) == "json-utf8");
  }
}

TEST_CASE("numbers beyond the range of a double are faults at every depth") {
  const std::string long_number = std::string(400, '9') + ".0";
  const std::string_view numbers[] = {
      "1e400",     "-1e400",   "1.7976931348623159e308", "1e99999999999999999999",
      "0.001e400", long_number};
  for (const std::string_view number : numbers) {
    CAPTURE(number);
    CHECK(code_of(number) == "json-number");
    CHECK(code_of(fmt::format("[[[[{}]]]]", number)) == "json-number");
  }
}

TEST_CASE("a thousand levels are accepted and one more is not") {
  CHECK(code_of(nested(1000)).empty());
  CHECK(code_of(nested(1001)) == "json-depth");
  CHECK(code_of(nested(1000), 5000).empty());
  CHECK(code_of(std::string(100'000, '[')) == "json-depth");
  std::string objects;
  for (int i = 0; i < 1001; ++i) {
    objects += "{\"a\":";
  }
  CHECK(code_of(objects) == "json-depth");
}

TEST_CASE("names that differ only in case are duplicates where members become columns") {
  CHECK(code_of(R"({"Name":1,"nAME":2})") == "json-duplicate-key");
  CHECK(code_of(R"({"d":{"Name":1,"x":0,"nAME":2}})") == "json-duplicate-key");
  CHECK(code_of(R"({"d":{"deep":{"Name":1,"nAME":2}}})").empty());
  CHECK(code_of(R"({"É":1,"é":2})").empty());
  CHECK(code_of(R"({"@":1,"`":2})").empty());
}

TEST_CASE("equal names are duplicates at every depth however they are written") {
  for (const unsigned depth : {0U, 1U, 2U, 9U}) {
    CAPTURE(depth);
    CHECK(code_of(R"({"a":1,"a":2})", depth) == "json-duplicate-key");
    CHECK(code_of(R"({"a":1,"\u0061":2})", depth) == "json-duplicate-key");
    CHECK(code_of(R"({"\u0061":1,"a":2})", depth) == "json-duplicate-key");
    CHECK(code_of(R"({"\u0061":1,"\u0061":2})", depth) == "json-duplicate-key");
    CHECK(code_of(R"({"":1,"b":2,"":3})", depth) == "json-duplicate-key");
    CHECK(code_of(R"({"q\"":1,"q\u0022":2})", depth) == "json-duplicate-key");
    CHECK(code_of(R"([[[{"a":{"a":{"a":1}},"b":{"a":1}}]]])", depth).empty());
    CHECK(code_of(R"({"ab":1,"a":2,"abc":3,"\u0061bcd":4})", depth).empty());
  }
}

TEST_CASE("duplicates are found among many names") {
  for (const unsigned depth : {0U, 2U}) {
    CAPTURE(depth);
    for (const std::size_t members : {15U, 16U, 17U, 40U, 30'000U}) {
      CAPTURE(members);
      CHECK(code_of(object_of(members, "other"), depth).empty());
      CHECK(code_of(object_of(members, "key0"), depth) == "json-duplicate-key");
      CHECK(code_of(object_of(members, "k\\u0065y9"), depth) == "json-duplicate-key");
      CHECK(code_of(object_of(members, "KEY3"), depth) == (depth == 0 ? "" : "json-duplicate-key"));
    }
  }
}

TEST_CASE("large objects may stand in each other") {
  const std::string inner = object_of(40, "x");
  std::string outer = "{";
  for (int i = 0; i < 40; ++i) {
    outer += fmt::format("\"key{}\":{},", i, inner);
  }
  CHECK(code_of("[" + outer + "\"x\":0}]").empty());
  CHECK(code_of("[" + outer + "\"key7\":0}]") == "json-duplicate-key");
}

TEST_CASE("an expanded container has at most 32766 members") {
  std::string text = "[0";
  for (int i = 1; i < 32'766; ++i) {
    text += ",0";
  }
  CHECK(code_of(text + "]").empty());
  CHECK(code_of(text + ",0]") == "json-members");
  CHECK(code_of(text + ",0]", 0).empty());
}

TEST_CASE("a tape works on after a fault among many names") {
  JsonTape tape;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(tape.parse("[[[" + object_of(100, "key1") + "]]]").fault.has_value());
    REQUIRE_FALSE(tape.parse("[[[" + object_of(100, "other") + "]]]").fault.has_value());
  }
}
