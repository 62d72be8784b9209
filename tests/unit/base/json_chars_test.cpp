#include "core/base/json_chars.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace menacedb;

namespace {

// In how many places, lengths and starts the two searches differ.
template <JsonRun Run>
std::size_t differences(char special) {
  std::size_t count = 0;
  for (std::size_t length = 1; length < 40; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      std::vector<char> text(length, 'x');
      text[at] = special;
      const JsonBounds bounds{text.data(), text.data() + length};
      for (std::size_t from = 0; from <= length; ++from) {
        const char* const begin = text.data() + from;
        count += find_json_special<Run>(begin, bounds) !=
                         find_json_special_by_byte<Run>(begin, bounds.end)
                     ? 1
                     : 0;
      }
    }
  }
  return count;
}

} // namespace

TEST_CASE("special bytes are found sixteen at a time as they are one by one") {
  for (int byte = 0; byte < 256; ++byte) {
    CHECK(differences<JsonRun::reading>(static_cast<char>(byte)) == 0);
    CHECK(differences<JsonRun::writing>(static_cast<char>(byte)) == 0);
  }
}

TEST_CASE("DEL ends a run only for who writes") {
  CHECK_FALSE(is_json_special<JsonRun::reading>('\x7F'));
  CHECK(is_json_special<JsonRun::writing>('\x7F'));
  for (const char c : {'"', '\\', '\0', '\n', '\x1F', '\x80', '\xFF'}) {
    CHECK(is_json_special<JsonRun::reading>(c));
    CHECK(is_json_special<JsonRun::writing>(c));
  }
  CHECK_FALSE(is_json_special<JsonRun::writing>(' '));
  CHECK_FALSE(is_json_special<JsonRun::writing>('~'));
}
