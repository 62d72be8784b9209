#include "core/base/json.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>

using namespace menacedb;

namespace {

// Parses one text that must be good, and gives the root.
struct Document {
  explicit Document(std::string_view text, unsigned expand_depth = 2) {
    const auto parsed = tape.parse(text, expand_depth);
    if (parsed.fault) {
      FAIL(parsed.fault->message);
    }
    root = parsed.root;
  }

  [[nodiscard]] const JsonValue& value() const { return tape.at(root); }
  [[nodiscard]] const JsonValue& member(std::string_view key) const {
    const auto index = tape.find(root, key);
    REQUIRE(index.has_value());
    return tape.at(*index);
  }

  JsonTape tape;
  std::uint32_t root = 0;
};

} // namespace

TEST_CASE("each type of value is told apart") {
  const Document document(
      R"({"n":null,"t":true,"f":false,"i":-12,"r":1.5,"s":"x","a":[1],"o":{"k":2}})");
  CHECK(document.member("n").type == JsonType::null);
  CHECK(document.member("t").type == JsonType::boolean);
  CHECK(document.member("t").boolean);
  CHECK_FALSE(document.member("f").boolean);
  CHECK(document.member("i").integer == -12);
  CHECK(document.member("r").real == 1.5);
  CHECK(document.member("s").text == "x");
  CHECK(document.member("a").type == JsonType::array);
  CHECK(document.member("o").type == JsonType::object);
  CHECK(document.value().child_count == 8);
  CHECK(document.value().node_count == 11);
}

TEST_CASE("a document may be any value") {
  CHECK(Document("null").value().type == JsonType::null);
  CHECK(Document(" 5 ").value().integer == 5);
  CHECK(Document("\"s\"").value().text == "s");
  CHECK(Document("[]").value().child_count == 0);
  CHECK(Document("{ }").value().node_count == 1);
}

TEST_CASE("integers of 64 bits are exact and larger ones keep their text") {
  CHECK(Document("9223372036854775807").value().integer == INT64_MAX);
  CHECK(Document("-9223372036854775808").value().integer == INT64_MIN);
  CHECK(Document("999999999999999999").value().integer == 999'999'999'999'999'999);
  for (const std::string_view text :
       {"9223372036854775808", "-9223372036854775809", "12345678901234567890123"}) {
    const Document document(text);
    CHECK(document.value().type == JsonType::big_integer);
    CHECK(document.value().raw == text);
  }
}

TEST_CASE("minus zero is an integer without and a real with a fraction") {
  CHECK(Document("-0").value().type == JsonType::integer);
  CHECK(Document("-0").value().integer == 0);
  CHECK(Document("-0.0").value().type == JsonType::real);
  CHECK(std::signbit(Document("-0.0").value().real));
}

TEST_CASE("reals are read exactly and those too small for a double are zero") {
  CHECK(Document("0.1").value().real == 0.1);
  CHECK(Document("1e5").value().real == 1e5);
  CHECK(Document("1E+5").value().real == 1e5);
  CHECK(Document("1.7976931348623157e308").value().real == 1.7976931348623157e308);
  CHECK(Document("4.9e-324").value().real == 4.9e-324);
  CHECK(Document("1e-400").value().real == 0.0);
  CHECK(std::signbit(Document("-1e-99999999999999999999").value().real));
  CHECK(Document("0e999999999999999999999").value().real == 0.0);
  CHECK(Document("0." + std::string(400, '0') + "1e2").value().real == 0.0);
  CHECK(Document("0." + std::string(400, '0') + "1e401").value().real == 1.0);
}

TEST_CASE("strings without escapes are views into the text") {
  const std::string text = R"({"name":"plain é"})";
  const Document document(text);
  const JsonValue& name = document.member("name");
  CHECK(name.text == "plain é");
  CHECK(name.text.data() == text.data() + 9);
  CHECK(name.raw == "\"plain é\"");
  CHECK(name.key.data() == text.data() + 2);
}

TEST_CASE("escapes are decoded in values and in names") {
  const Document document(R"({"k\u0065y":"\"\\\/\b\f\n\r\t\u00e9\u65E5\ud83d\uDE00\u0000 end"})");
  CHECK(document.member("key").text == std::string_view("\"\\/\b\f\n\r\té日😀\0 end", 22));
}

TEST_CASE("decoded strings stay where they are when more are parsed") {
  JsonTape tape;
  const std::string text = R"(["a\n)" + std::string(3000, 'x') + R"("])";
  const std::string long_text = R"(["b\n)" + std::string(300'000, 'y') + R"("])";
  const auto first = tape.parse(text).root;
  const std::string_view kept = tape.at(first + 1).text;
  for (int i = 0; i < 200; ++i) {
    REQUIRE_FALSE(tape.parse(i % 10 == 0 ? long_text : text).fault.has_value());
  }
  CHECK(kept == "a\n" + std::string(3000, 'x'));
  CHECK(tape.at(first + 1).text.data() == kept.data());
}

TEST_CASE("strings of every length end where they end") {
  for (std::size_t length = 0; length < 70; ++length) {
    for (const std::string_view tail : {"", "é", "\\n"}) {
      const std::string body = std::string(length, 'x').append(tail);
      const std::string text = "\"" + body + "\"";
      // A copy of exactly this size, so that a sanitizer sees a read beyond it.
      const std::vector<char> exact(text.begin(), text.end());
      const Document document(std::string_view(exact.data(), exact.size()));
      CHECK(document.value().raw == text);
      CHECK(document.value().text.size() == length + (tail.empty() ? 0 : tail == "é" ? 2 : 1));
    }
  }
}

TEST_CASE("a byte order mark and blanks around the value are skipped") {
  CHECK(Document("\xEF\xBB\xBF{\"a\":1}\r").member("a").integer == 1);
  CHECK(Document("\t\n\r { \"a\" : [ 1 , 2 ] } \r\n").member("a").child_count == 2);
}

TEST_CASE("depth one expands the members of the root only") {
  const Document document(R"({"a":{"b":{"c":1}},"d":[1,[2]]})", 1);
  CHECK(document.value().node_count == 3);
  CHECK_FALSE(document.member("a").is_expanded);
  CHECK(document.member("a").raw == R"({"b":{"c":1}})");
  CHECK(document.member("d").raw == "[1,[2]]");
  CHECK(document.member("d").child_count == 0);
}

TEST_CASE("depth two expands also their members and siblings are stepped over") {
  const Document document(R"({"a":{"b":{"c":1},"x":[]},"d":[1,[2]],"e":5})", 2);
  const JsonTape& tape = document.tape;
  const std::uint32_t a = *tape.find(document.root, "a");
  CHECK(tape.at(a).is_expanded);
  CHECK(tape.at(a).child_count == 2);
  CHECK(tape.at(*tape.find(a, "b")).raw == R"({"c":1})");
  CHECK_FALSE(tape.at(*tape.find(a, "b")).is_expanded);
  const std::uint32_t d = tape.next_sibling(a);
  CHECK(tape.at(d).key == "d");
  CHECK(tape.at(tape.next_sibling(d)).key == "e");
  CHECK_FALSE(tape.find(a, "c").has_value());
  CHECK_FALSE(tape.find(d, "a").has_value()); // an array has no names
}

TEST_CASE("depth zero keeps the root as one node") {
  const Document document("{\"a\":1}", 0);
  CHECK_FALSE(document.value().is_expanded);
  CHECK(document.value().node_count == 1);
  CHECK_FALSE(document.tape.find(document.root, "a").has_value());
}

TEST_CASE("a great depth expands everything") {
  const Document document(R"([[[[{"a":[1,2]}]]]])", 1000);
  CHECK(document.value().node_count == 8);
}

TEST_CASE("a long value below the expanded depth takes one node") {
  std::string text = R"({"data":{"v":[)";
  for (int i = 0; i < 200'000; ++i) {
    text += R"({"k":1},)";
  }
  text += "0]}}";
  const Document document(text);
  CHECK(document.value().node_count == 3);
}

TEST_CASE("documents follow each other on one tape") {
  JsonTape tape;
  const auto first = tape.parse(R"({"a":1})");
  const auto second = tape.parse(R"({"a":2})");
  CHECK(tape.at(*tape.find(first.root, "a")).integer == 1);
  CHECK(tape.at(*tape.find(second.root, "a")).integer == 2);
  tape.clear();
  CHECK(tape.parse("7").root == 0);
  CHECK(tape.at(0).integer == 7);
}

TEST_CASE("after a fault the tape is as before") {
  JsonTape tape;
  const auto good = tape.parse(R"({"a":"x\ny"})");
  REQUIRE(tape.parse(R"({"a":{"b\n":"\n\n\n","c":[1,2,)").fault.has_value());
  const auto next = tape.parse(R"({"a":"z\n"})");
  CHECK(next.root == good.root + 2);
  CHECK(tape.at(good.root + 1).text == "x\ny");
  CHECK(tape.at(next.root + 1).text == "z\n");
}

TEST_CASE("a tape can be moved with all that it holds") {
  JsonTape tape;
  const auto parsed = tape.parse(R"({"a":"x\ny"})");
  const JsonTape moved = std::move(tape);
  CHECK(moved.at(*moved.find(parsed.root, "a")).text == "x\ny");
}

TEST_CASE("documents of one shape can share the names of their members") {
  const std::string first = R"({"name": 1, "speed": 2})";
  const std::string second = R"({"name": 3, "speed": 4})";
  const std::string other = R"({"name": 3, "colour": 4})";
  JsonTape tape;
  const std::uint32_t like = tape.parse(first).root;
  const std::uint32_t object = tape.parse(second).root;
  const std::uint32_t stranger = tape.parse(other).root;
  tape.share_names(object, like);
  tape.share_names(stranger, like);
  CHECK(tape.at(object + 1).key.data() == tape.at(like + 1).key.data());
  CHECK(tape.at(object + 2).key.data() == tape.at(like + 2).key.data());
  CHECK(tape.at(object + 2).integer == 4);
  CHECK(tape.at(stranger + 2).key == "colour");
}
