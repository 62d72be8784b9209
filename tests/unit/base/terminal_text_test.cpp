#include "core/base/text.hpp"

#include <doctest/doctest.h>

using namespace menacedb;

TEST_CASE("text without control characters is printed as it is") {
  CHECK(printable("plain, é, 日本語, 😀, a\\b") == "plain, é, 日本語, 😀, a\\b");
}

TEST_CASE("nothing that acts on a terminal is printed") {
  CHECK(printable("\x1B[31mred\x07") == "\\x1b[31mred\\x07");
  CHECK(printable("a\nb\tc\r\x7F") == "a\\x0ab\\x09c\\x0d\\x7f");
  CHECK(printable(std::string_view("a\0b", 3)) == "a\\x00b");
  CHECK(printable("\xC2\x9B"
                  "31m") == "\\xc2\\x9b31m"); // C1 control sequence introducer
}

TEST_CASE("bytes that are not UTF-8 are printed as escapes") {
  CHECK(printable("a\xFF"
                  "b\xE2\x82") == "a\\xffb\\xe2\\x82");
}

TEST_CASE("the width counts columns") {
  CHECK(display_width("") == 0);
  CHECK(display_width("abc") == 3);
  CHECK(display_width("é") == 1);
  CHECK(display_width("e\u0301") == 1); // combining acute
  CHECK(display_width("日本") == 4);
  CHECK(display_width("한국어") == 6);
  CHECK(display_width("ＡＢ") == 4); // full-width letters
  CHECK(display_width("😀") == 2);
  CHECK(display_width("a\u200Db") == 2); // zero-width joiner
  CHECK(display_width("…") == 1);
}

TEST_CASE("text that fits is not elided") {
  CHECK(elide("abc", 3) == "abc");
  CHECK(elide("日本", 4) == "日本");
  CHECK(elide("", 0).empty());
}

TEST_CASE("elided text takes at most the columns it was given") {
  CHECK(elide("abcdef", 4) == "abc…");
  CHECK(elide("abcdef", 1) == "…");
  CHECK(elide("abcdef", 0).empty());
  CHECK(elide("日本語", 4) == "日…"); // a wide character that does not fit is left out
  CHECK(elide("日本語", 5) == "日本…");
  CHECK(elide("e\u0301e\u0301e\u0301", 2) == "e\u0301…"); // marks stay with their letter
}
