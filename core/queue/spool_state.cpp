#include "core/queue/spool_state.hpp"

#include "core/base/json.hpp"
#include "core/model/segment_id.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {

namespace {

constexpr std::size_t k_state_size = 256;
constexpr std::uint64_t k_reserve = 64;

std::optional<std::uint64_t> number_of(const JsonTape& tape, std::string_view name) {
  const auto node = tape.find(0, name);
  if (!node || tape.at(*node).type != JsonType::integer || tape.at(*node).integer < 1) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(tape.at(*node).integer);
}

std::optional<std::string> text_of(const JsonTape& tape, std::string_view name) {
  const auto node = tape.find(0, name);
  if (!node || tape.at(*node).type != JsonType::string) {
    return std::nullopt;
  }
  return std::string(tape.at(*node).text);
}

} // namespace

std::string encode_spool_state(const SpoolState& state) {
  std::string text = fmt::format(R"({{"spool":"{}","next":{},"reserved":{},"boot":"{}"}})",
                                 state.spool, state.next, state.reserved, state.boot);
  text.resize(std::max(text.size(), k_state_size - 1), ' ');
  text.push_back('\n');
  return text;
}

std::optional<SpoolState> decode_spool_state(std::string_view text) {
  JsonTape tape;
  const auto parsed = tape.parse(text, 1);
  if (parsed.fault || tape.at(parsed.root).type != JsonType::object) {
    return std::nullopt;
  }
  auto spool = text_of(tape, "spool");
  auto boot = text_of(tape, "boot");
  const auto next = number_of(tape, "next");
  const auto reserved = number_of(tape, "reserved");
  if (!spool || !boot || !next || !reserved || !parse_segment(*spool + ".1")) {
    return std::nullopt;
  }
  return SpoolState{std::move(*spool), *next, *reserved, std::move(*boot)};
}

std::uint64_t take_number(SpoolState& state, std::string_view boot) {
  if (boot.empty() || state.boot != boot) {
    state.next = std::max(state.next, state.reserved);
    state.boot = boot;
  }
  if (state.next >= state.reserved) {
    state.reserved = state.next + k_reserve;
  }
  return state.next++;
}

} // namespace menacedb
