#include "core/model/entry.hpp"

namespace menacedb {

std::optional<Op> parse_op(std::string_view word) {
  for (const Op op : {Op::insert, Op::upsert, Op::update, Op::erase}) {
    if (word == op_word(op)) {
      return op;
    }
  }
  return std::nullopt;
}

std::string_view op_word(Op op) noexcept {
  switch (op) {
  case Op::insert:
    return "insert";
  case Op::upsert:
    return "upsert";
  case Op::update:
    return "update";
  case Op::erase:
    return "delete";
  }
  return "";
}

} // namespace menacedb
