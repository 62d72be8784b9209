#include "core/base/json.hpp"
#include "core/base/json_text.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace menacedb;

namespace {

std::string python(std::string_view json) {
  std::string out;
  append_python_json(out, json);
  return out;
}

std::string canonical(std::string_view json) {
  std::string out = "kept ";
  append_canonical_json(out, json);
  return out.substr(5);
}

std::string real(double value) {
  std::string out;
  append_json_real(out, value);
  return out;
}

std::string quoted(std::string_view text, bool ascii) {
  std::string out;
  append_json_string(out, text, ascii);
  return out;
}

} // namespace

TEST_CASE("strings are escaped as Python writes them") {
  CHECK(quoted("a\"b\\c/\b\f\n\r\t\x01\x1F\x7F", true) ==
        "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\"");
  CHECK(quoted("é日😀", true) == "\"\\u00e9\\u65e5\\ud83d\\ude00\"");
  CHECK(quoted(std::string_view("\0", 1), true) == "\"\\u0000\"");
}

TEST_CASE("strings for people keep UTF-8 but nothing that acts on a terminal") {
  CHECK(quoted("é日😀", false) == "\"é日😀\"");
  CHECK(quoted("a\x7F\xC2\x9B\x1B", false) == "\"a\\u007f\\u009b\\u001b\"");
  CHECK(quoted("a\xFF\xE2\x82z", false) == "\"a\uFFFD\uFFFD\uFFFDz\"");
}

TEST_CASE("reals are written as by repr in Python") {
  CHECK(real(1.0) == "1.0");
  CHECK(real(-0.0) == "-0.0");
  CHECK(real(0.1) == "0.1");
  CHECK(real(1e15) == "1000000000000000.0");
  CHECK(real(1e16) == "1e+16");
  CHECK(real(1.5e16) == "1.5e+16");
  CHECK(real(1e-4) == "0.0001");
  CHECK(real(1e-5) == "1e-05");
  CHECK(real(1e-7) == "1e-07");
  CHECK(real(1.25e-7) == "1.25e-07");
  CHECK(real(123456.789) == "123456.789");
  CHECK(real(1.7976931348623157e308) == "1.7976931348623157e+308");
  CHECK(real(5e-324) == "5e-324");
  CHECK(real(9007199254740993.0) == "9007199254740992.0");
}

TEST_CASE("members are sorted by name in code point order") {
  CHECK(python(R"({"b":1,"a":2,"B":3,"é":4,"😀":5,"ﬀ":6,"":7})") ==
        R"({"": 7, "B": 3, "a": 2, "b": 1, "\u00e9": 4, "\ufb00": 6, "\ud83d\ude00": 5})");
  CHECK(python(R"({"a!":1,"a":2,"a\"":3,"\u0061 ":4})") ==
        R"({"a": 2, "a ": 4, "a!": 1, "a\"": 3})");
}

TEST_CASE("blanks are replaced by the separators of Python") {
  CHECK(python(" { \"a\" : [ 1 ,2,\t3 ] , \"b\" : { } , \"c\":[ ] } \r\n") ==
        R"({"a": [1, 2, 3], "b": {}, "c": []})");
  CHECK(python("\xEF\xBB\xBF [null,true,false]") == "[null, true, false]");
}

TEST_CASE("numbers are written as Python reads them") {
  CHECK(python("[-0,0,-0.0,0e5,1E5,1.10,-5]") == "[0, 0, -0.0, 0.0, 100000.0, 1.1, -5]");
  CHECK(python("[12345678901234567890123,-9223372036854775809]") ==
        "[12345678901234567890123, -9223372036854775809]");
}

TEST_CASE("escapes are rewritten in their one spelling") {
  CHECK(python(R"(["\u0041\u0022\u005C\/\u000A\u0009\u001F\u007f\u00E9\uD83D\uDE00\b"])") ==
        "[\"A\\\"\\\\/\\n\\t\\u001f\\u007f\\u00e9\\ud83d\\ude00\\b\"]");
}

TEST_CASE("only the canonical form sorts arrays by the text of their elements") {
  CHECK(python("[10,9,2]") == "[10, 9, 2]");
  CHECK(canonical("[10,9,2]") == "[10, 2, 9]");
  CHECK(canonical(R"([[3,1],{"b":[2,1],"a":0},"é","e",[1,2]])") ==
        R"(["\u00e9", "e", [1, 2], [1, 3], {"a": 0, "b": [1, 2]}])");
  CHECK(canonical("[1,1,[],[]]") == "[1, 1, [], []]");
}

TEST_CASE("objects and arrays of many members are sorted") {
  std::string json = "{";
  std::string expected = "{";
  for (int i = 999; i >= 100; --i) {
    json += "\"k" + std::to_string(i) + "\":[3,2,1]" + (i == 100 ? "}" : ",");
  }
  for (int i = 100; i < 1000; ++i) {
    expected += "\"k" + std::to_string(i) + "\": [1, 2, 3]" + (i == 999 ? "}" : ", ");
  }
  CHECK(canonical(json) == expected);
}

TEST_CASE("the deepest accepted nesting is rewritten") {
  std::string json;
  for (int i = 0; i < 1000; ++i) {
    json += i % 2 == 0 ? "[" : "{\"b\":1,\"a\":";
  }
  for (int i = 999; i >= 0; --i) {
    json += i % 2 == 0 ? "]" : "}";
  }
  json.replace(json.find("\"a\":}"), 5, "\"a\":0}");
  CHECK_FALSE(JsonTape().parse(json).fault.has_value());
  CHECK(canonical(json).starts_with(R"([{"a": [{"a": [{"a")"));
}

TEST_CASE("a writer puts commas and colons where they belong") {
  JsonWriter writer;
  writer.begin_object().member("a", 1).key("b").begin_array();
  writer.value("x\n").value(true).null().value(2.5).raw("{}").begin_object().end_object();
  writer.end_array().member("c", std::uint64_t{UINT64_MAX}).member("d", std::int64_t{INT64_MIN});
  writer.end_object();
  CHECK(writer.text() == R"({"a":1,"b":["x\n",true,null,2.5,{},{}],)"
                         R"("c":18446744073709551615,"d":-9223372036854775808})");
}

TEST_CASE("what a writer wrote parses also with numbers JSON does not have") {
  JsonWriter writer;
  writer.begin_array().value(std::numeric_limits<double>::infinity()).end_array();
  CHECK(writer.take() == "[null]");
}
