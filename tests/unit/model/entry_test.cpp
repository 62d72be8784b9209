#include "core/model/entry.hpp"

#include <doctest/doctest.h>

using namespace menacedb;

TEST_CASE("each operation has one word") {
  for (const Op op : {Op::insert, Op::upsert, Op::update, Op::erase}) {
    CHECK(parse_op(op_word(op)) == op);
  }
  CHECK(op_word(Op::erase) == "delete");
}

TEST_CASE("other words are no operations") {
  for (const char* word : {"", "erase", "Insert", "INSERT", "insert ", "replace"}) {
    CHECK_FALSE(parse_op(word));
  }
}
