#include "core/store/sql_words.hpp"

#include <doctest/doctest.h>

using menacedb::count_sql_word;

TEST_CASE("words of SQL are counted in any case and however they are quoted") {
  CHECK(count_sql_word("SELECT * FROM bots", "bots") == 1);
  CHECK(count_sql_word("BOTS \"bots\" `Bots` [bots] 'bots'", "bots") == 5);
  CHECK(count_sql_word("\"o\"\"clock\" 'o\"clock'", "o\"clock") == 2);
  CHECK(count_sql_word("bots2 xbots bots_ _bots $bots b\xc3\xb6ts", "bots") == 0);
  CHECK(count_sql_word("(bots),bots;bots", "bots") == 3);
  CHECK(count_sql_word("", "bots") == 0);
}

TEST_CASE("comments and qualifiers are not counted") {
  CHECK(count_sql_word("-- bots\nbots /* bots */ /* bots", "bots") == 1);
  CHECK(count_sql_word("UPDATE bots SET a = bots.a + \"bots\" . b", "bots") == 1);
  CHECK(count_sql_word("'not closed bots", "bots") == 0);
  CHECK(count_sql_word("a - bots / bots", "bots") == 2);
}
