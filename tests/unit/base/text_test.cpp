#include "core/base/text.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace menacedb;

TEST_CASE("UTF-8 of every length is valid") {
  CHECK(is_valid_utf8(""));
  CHECK(is_valid_utf8("plain ASCII that is longer than one machine word"));
  CHECK(is_valid_utf8("é ü 日本語 😀 \xF4\x8F\xBF\xBF"));
  CHECK(is_valid_utf8(std::string_view("a\0b", 3)));
}

TEST_CASE("broken UTF-8 is found wherever it stands") {
  const std::string_view broken[] = {
      "\x80",             // continuation alone
      "\xC0\xAF",         // overlong slash
      "\xC1\xBF",         // overlong
      "\xE0\x80\x80",     // overlong
      "\xED\xA0\x80",     // surrogate
      "\xF0\x80\x80\x80", // overlong
      "\xF4\x90\x80\x80", // beyond U+10FFFF
      "\xF5\x80\x80\x80",
      "\xFF",
      "\xC3",
      "\xE2\x82",
      "\xF0\x9F\x98",
      "\xC3"
      "A",
  };
  for (const std::string_view bytes : broken) {
    for (std::size_t before = 0; before < 20; ++before) {
      CHECK_FALSE(is_valid_utf8(std::string(before, 'x').append(bytes)));
      CHECK_FALSE(is_valid_utf8(std::string(before, 'x').append(bytes).append("tail of text")));
    }
  }
}

TEST_CASE("case is ignored for ASCII letters only") {
  CHECK(equals_ignoring_case("Content_Hash", "cONTENT_hASH"));
  CHECK_FALSE(equals_ignoring_case("abc", "abcd"));
  CHECK_FALSE(equals_ignoring_case("@", "`")); // they differ in the bit that is the case of letters
  CHECK_FALSE(equals_ignoring_case("É", "é"));
  CHECK(to_lower("ABC-É") == "abc-É");
}

TEST_CASE("trim takes blanks off both ends") {
  CHECK(trim(" \t\r\n a b \n") == "a b");
  CHECK(trim("   ").empty());
  CHECK(trim("").empty());
}

TEST_CASE("a list loses its blank parts and the blanks around the others") {
  CHECK(split_list(" bots, , rules ,,x") == std::vector<std::string>{"bots", "rules", "x"});
  CHECK(split_list("a b:c", ':') == std::vector<std::string>{"a b", "c"});
  CHECK(split_list(" , ").empty());
  CHECK(split_list("").empty());
}

TEST_CASE("the nearest name is suggested when it is near enough") {
  const std::array<std::string_view, 4> names{"enqueue", "sync", "status", "config"};
  CHECK(nearest("enqeue", names) == "enqueue");
  CHECK(nearest("enqueeu", names) == "enqueue"); // two neighbours swapped
  CHECK(nearest("SYNC", names) == "sync");
  CHECK(nearest("stats", names) == "status");
  CHECK(nearest("snyc", names) == "sync");
  CHECK_FALSE(nearest("restore", names).has_value());
  CHECK_FALSE(nearest("", names).has_value());
  CHECK_FALSE(nearest(std::string(5000, 'x'), names).has_value());
}

TEST_CASE("of two names equally near the first is suggested") {
  const std::array<std::string_view, 2> names{"bat", "bit"};
  CHECK(nearest("bot", names) == "bat");
}

TEST_CASE("ids of usual spelling are safe in a path") {
  CHECK(is_safe_id("alpha"));
  CHECK(is_safe_id("_a-b.c9"));
  CHECK(is_safe_id("-x"));
  CHECK(is_safe_id(std::string(128, 'a')));
}

TEST_CASE("ids that could leave the directory or meet a reserved name are refused") {
  for (const std::string_view id : {"", ".", "..", ".hidden", "a/b", "../evil", "a b", "a\n", "é",
                                    "queue.failed", "queue.log", "replay", "bots_queue", "a@p1"}) {
    CAPTURE(id);
    CHECK_FALSE(is_safe_id(id));
  }
  CHECK_FALSE(is_safe_id(std::string(129, 'a')));
  CHECK_FALSE(is_safe_id(std::string_view("a\0", 2)));
}

TEST_CASE("base64 gives the vectors of RFC 4648 in both directions") {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [bytes, text] : vectors) {
    CHECK(encode_base64(bytes) == text);
    CHECK(decode_base64(text) == std::string(bytes));
  }
}

TEST_CASE("base64 carries every byte") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes += static_cast<char>(i);
  }
  CHECK(decode_base64(encode_base64(bytes)) == bytes);
}

TEST_CASE("base64 that is not canonical is refused") {
  for (const std::string_view text : {"Zg=", "Zg", "Z", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n",
                                      "====", "Z===", "Zg==Zg==", "Zm-_", "=Zm9"}) {
    CAPTURE(text);
    CHECK_FALSE(decode_base64(text).has_value());
  }
}
