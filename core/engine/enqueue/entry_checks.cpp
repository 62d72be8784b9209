#include "core/engine/enqueue/entry_checks.hpp"

#include "core/base/text.hpp"
#include "core/model/segment_id.hpp"

#include <fmt/format.h>

namespace menacedb {

Error bad_row(std::string_view code, std::string_view why) {
  return {ErrorKind::bad_input, code, fmt::format("cannot enqueue the row: {}", why)};
}

void require_safe_origin(std::string_view origin) {
  if (!is_safe_id(origin)) {
    throw Error(ErrorKind::usage, "unsafe-id",
                fmt::format("cannot use '{}' as menace id: it may hold letters, digits, '_', '-' "
                            "and '.' only, at most 128, and must not be reserved",
                            printable(origin)))
        .with_hint("menacedb config show instance.id --origin");
  }
}

std::vector<std::string_view> strings_at(const JsonTape& tape, std::uint32_t array) {
  std::vector<std::string_view> strings;
  if (array == k_no_node) {
    return strings;
  }
  std::uint32_t node = array + 1;
  for (std::uint32_t i = 0; i < tape.at(array).child_count; ++i, node = tape.next_sibling(node)) {
    strings.push_back(tape.at(node).text);
  }
  return strings;
}

void require_storable(const JsonTape& tape, std::uint32_t object) {
  std::uint32_t node = object + 1;
  for (std::uint32_t i = 0; i < tape.at(object).child_count; ++i, node = tape.next_sibling(node)) {
    if (tape.at(node).type == JsonType::big_integer) {
      throw bad_row("integer-too-big", fmt::format("the integer in '{}' does not fit 64 bits",
                                                   printable(tape.at(node).key)));
    }
  }
}

Error refused_row(const std::string& file, const Fault& fault) {
  const std::string message = fmt::format("cannot write the row to '{}': {}", file, fault.message);
  if (fault.code == "table-denied") {
    return {ErrorKind::denied, fault.code, message};
  }
  if (fault.code == "table-unknown" || fault.code == "table-misplaced") {
    return Error(ErrorKind::config, fault.code, message).with_hint("menacedb route --list");
  }
  return {ErrorKind::bad_input, fault.code, message};
}

} // namespace menacedb
