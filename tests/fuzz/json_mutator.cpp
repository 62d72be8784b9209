#include "tests/fuzz/json_mutator.hpp"

#include <algorithm>
#include <array>

namespace menacedb::fuzz {

namespace {

using namespace std::string_view_literals;

constexpr std::array k_seeds{
    R"({"data": {"name": "x", "n": 12}, "hash_fields": ["name"], "table": "bots"})"sv,
    R"({"a":[1,2.5,-0,-0.0,1e5,12345678901234567890,{"b":null,"c":[true,false]}],"d":{}})"sv,
    R"(["\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00","plain é 日本 😀",""])"sv,
    R"({"k":1,"K2":2,"k3":{"x":1,"X2":2,"y":[[[]]]},"":0})"sv,
    R"({"k0":0,"k1":1,"k2":2,"k3":3,"k4":4,"k5":5,"k6":6,"k7":7,"k8":8,"k9":9,"l0":0,"l1":1,)"
    R"("l2":2,"l3":3,"l4":4,"l5":5,"l6":6,"l7":7,"l8":8,"l9":9})"sv,
    "\xEF\xBB\xBF [ 1 ,\t{ } , [ ] ]\r\n"sv,
    R"([[[{"a":{"a":{"a":1}},"b":{"c":"d","e":"f"}}]]])"sv,
    R"([1.7976931348623157e308,5e-324,9223372036854775807,-9223372036854775808,1e-400])"sv,
    R"("just a string of more than sixteen bytes, with é in it")"sv,
    "0"sv,
};

constexpr std::array k_tokens{
    "{"sv,
    "}"sv,
    "["sv,
    "]"sv,
    ","sv,
    ":"sv,
    "\""sv,
    "\\"sv,
    "\\u"sv,
    "\\ud800"sv,
    "\\udc00"sv,
    "\\u0000"sv,
    "\\u0061"sv,
    "null"sv,
    "true"sv,
    "false"sv,
    "NaN"sv,
    "-"sv,
    "0"sv,
    "1e400"sv,
    "1e-400"sv,
    "."sv,
    "e"sv,
    "E+"sv,
    "\xEF\xBB\xBF"sv,
    "\xC3\xA9"sv,
    "\xF0\x9F\x98\x80"sv,
    "\xED\xA0\x80"sv,
    "\xC0\xAF"sv,
    "\xFF"sv,
    "\x00"sv,
    "\x1F"sv,
    "\n"sv,
    " "sv,
    "\"a\":1"sv,
    "\"A\":1,"sv,
    "\"a\""sv,
    "\"\\u0061\":2,"sv,
    "\"k1\":0,"sv,
    "[[[["sv,
    "]]]]"sv,
    "99999999999999999999"sv,
    "xxxxxxxxxxxxxxxx"sv,
};

} // namespace

JsonMutator::JsonMutator(std::uint64_t seed) : m_random(seed) {}

// Not std::uniform_int_distribution, whose results differ between libraries.
std::size_t JsonMutator::below(std::size_t bound) {
  return static_cast<std::size_t>(m_random() % bound);
}

std::string JsonMutator::seed_text() {
  if (!m_pool.empty() && below(3) == 0) {
    return m_pool[below(m_pool.size())];
  }
  return std::string(k_seeds[below(k_seeds.size())]);
}

void JsonMutator::mutate(std::string& text) {
  const std::size_t at = below(text.size() + 1);
  const std::size_t length = std::min(text.size() - at, below(12));
  switch (below(6)) {
  case 0:
    text.insert(at, k_tokens[below(k_tokens.size())]);
    return;
  case 1:
    text.replace(at, length, k_tokens[below(k_tokens.size())]);
    return;
  case 2:
    text.erase(at, length);
    return;
  case 3: // a piece of it once more
    text.insert(at, text.substr(below(text.size() + 1), below(30)));
    return;
  case 4: // a piece of another
    text.insert(at, k_seeds[below(k_seeds.size())].substr(0, below(60)));
    return;
  default:
    if (at < text.size()) {
      text[at] = static_cast<char>(m_random() & 0xFF);
    }
  }
}

std::string JsonMutator::next() {
  constexpr std::size_t pool_size = 256;
  constexpr std::size_t longest = 4096;
  std::string text = seed_text();
  for (std::size_t i = below(5); i > 0; --i) {
    mutate(text);
  }
  text.resize(std::min(text.size(), longest));
  if (m_pool.size() < pool_size) {
    m_pool.push_back(text);
  } else if (below(8) == 0) {
    m_pool[below(pool_size)] = text;
  }
  return text;
}

} // namespace menacedb::fuzz
