#include "core/base/json_scanner.hpp"

#include "core/base/json_number.hpp"
#include "core/base/json_string.hpp"

#include <fmt/format.h>

namespace menacedb {

namespace {

constexpr std::size_t k_most_levels = 1000;
// What keeps offsets within 31 bits here and the rewritten text within 32 (json_rewriter.hpp).
constexpr std::size_t k_longest_text = std::size_t{512} << 20;
constexpr std::uint32_t k_most_members = 32'766;
constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";

std::string_view view_of(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

} // namespace

JsonScanner::JsonScanner(JsonTape& tape, std::string_view text, unsigned expand_depth) noexcept
    : m_nodes(tape.m_nodes),
      m_arena(*tape.m_arena),
      m_bounds{text.data(), text.data() + text.size()},
      m_keys(tape.m_nodes, *tape.m_arena, text),
      m_expand_depth(expand_depth) {}

std::optional<JsonFault> JsonScanner::run() {
  m_arena.frames.clear();
  const std::string_view text = view_of(m_bounds.begin, m_bounds.end);
  if (text.size() > k_longest_text) {
    (void)fail(m_bounds.begin, json_problem::k_too_long);
  } else {
    const std::size_t skipped = text.starts_with(k_byte_order_mark) ? k_byte_order_mark.size() : 0;
    if (scan_document(m_bounds.begin + skipped) != nullptr) [[likely]] {
      return std::nullopt;
    }
  }
  const auto offset = static_cast<std::size_t>(m_fault_at - m_bounds.begin);
  for (auto frame = m_arena.frames.rbegin(); frame != m_arena.frames.rend(); ++frame) {
    m_keys.close(*frame);
  }
  return JsonFault{m_problem->code,
                   fmt::format("cannot parse JSON at byte {}: {}", offset, m_problem->text),
                   offset};
}

const char* JsonScanner::scan_document(const char* at) {
  at = skip_json_space(at, m_bounds.end);
  at = scan_value(at, {});
  while (at != nullptr && !m_arena.frames.empty()) {
    at = scan_child(at, m_arena.frames.back());
  }
  return at == nullptr ? nullptr : scan_end(at);
}

const char* JsonScanner::scan_end(const char* at) {
  at = skip_json_space(at, m_bounds.end);
  if (at == m_bounds.end) {
    return at;
  }
  return fail(at, *at == '\0' ? json_problem::k_nul : json_problem::k_trailing);
}

const char* JsonScanner::scan_value(const char* at, Place place) {
  if (at == m_bounds.end) {
    return fail(at, json_problem::k_cut);
  }
  if (*at == '"') {
    return scan_string(at, place);
  }
  if (is_json_digit(*at) || *at == '-') {
    return scan_number(at, place);
  }
  return *at == '{' || *at == '[' ? open(at, place) : scan_word(at, place);
}

// The next member or element of the innermost container, or its end.
const char* JsonScanner::scan_child(const char* at, JsonFrame& frame) {
  at = skip_json_space(at, m_bounds.end);
  if (at == m_bounds.end) {
    return fail(at, json_problem::k_cut);
  }
  if (*at == (frame.is_object ? '}' : ']')) {
    return close(at + 1);
  }
  if (frame.count != 0) {
    if (*at != ',') {
      return fail(at, frame.is_object ? json_problem::k_object_end : json_problem::k_array_end);
    }
    at = skip_json_space(at + 1, m_bounds.end);
  }
  if (frame.is_expanded && frame.count == k_most_members) {
    return fail(at, json_problem::k_members);
  }
  Place place{{}, frame.is_expanded};
  if (frame.is_object) {
    at = scan_name(at, frame, place.key);
    if (at == nullptr) {
      return nullptr;
    }
  }
  ++frame.count; // before the value, which may move the frames
  return scan_value(at, place);
}

// A member's name with the colon and the blanks after it.
const char* JsonScanner::scan_name(const char* at, JsonFrame& frame, std::string_view& key) {
  if (at == m_bounds.end || *at != '"') {
    return fail(at, at == m_bounds.end ? json_problem::k_cut : json_problem::k_name);
  }
  const char* const begin = at + 1;
  const JsonStringScan name = scan_json_string(begin, m_bounds);
  if (name.problem != nullptr) {
    return fail(name.end, *name.problem);
  }
  key = view_of(begin, name.end - 1);
  bool is_new = false;
  if (frame.is_expanded) {
    key = name.has_escapes ? decode(key) : key;
    is_new = m_keys.is_new_folded(frame, key);
  } else {
    is_new = m_keys.is_new_exact(frame, key, name.has_escapes);
  }
  if (!is_new) {
    return fail(at, json_problem::k_duplicate);
  }
  at = skip_json_space(name.end, m_bounds.end);
  if (at == m_bounds.end || *at != ':') {
    return fail(at, at == m_bounds.end ? json_problem::k_cut : json_problem::k_colon);
  }
  return skip_json_space(at + 1, m_bounds.end);
}

const char* JsonScanner::scan_string(const char* at, Place place) {
  const JsonStringScan scan = scan_json_string(at + 1, m_bounds);
  if (scan.problem != nullptr) {
    return fail(scan.end, *scan.problem);
  }
  if (place.has_node) {
    const std::string_view body = view_of(at + 1, scan.end - 1);
    add_node(JsonType::string, at, scan.end, place).text = scan.has_escapes ? decode(body) : body;
  }
  return scan.end;
}

const char* JsonScanner::scan_number(const char* at, Place place) {
  const JsonNumberScan scan = scan_json_number(at, m_bounds.end);
  if (scan.problem != nullptr) {
    return fail(scan.end, *scan.problem);
  }
  if (place.has_node) {
    JsonValue& node = add_node(scan.type, at, scan.end, place);
    if (scan.type == JsonType::real) {
      node.real = scan.real;
    } else {
      node.integer = scan.integer;
    }
  }
  return scan.end;
}

const char* JsonScanner::scan_word(const char* at, Place place) {
  const std::string_view rest = view_of(at, m_bounds.end);
  for (const std::string_view word : {"null", "true", "false"}) {
    if (!rest.starts_with(word)) {
      continue;
    }
    if (place.has_node) {
      const JsonType type = word == "null" ? JsonType::null : JsonType::boolean;
      add_node(type, at, at + word.size(), place).boolean = word == "true";
    }
    return at + word.size();
  }
  return fail(at, json_problem::k_value);
}

const char* JsonScanner::open(const char* at, Place place) {
  const std::size_t level = m_arena.frames.size();
  if (level == k_most_levels) {
    return fail(at, json_problem::k_depth);
  }
  JsonFrame& frame = m_arena.frames.emplace_back();
  frame.begin = at;
  frame.is_object = *at == '{';
  frame.is_expanded = place.has_node && level < m_expand_depth;
  frame.keys_begin = static_cast<std::uint32_t>(m_arena.keys.size());
  if (place.has_node) {
    frame.node = static_cast<std::uint32_t>(m_nodes.size());
    add_node(frame.is_object ? JsonType::object : JsonType::array, at, at, place);
  }
  return at + 1;
}

const char* JsonScanner::close(const char* at) {
  const JsonFrame& frame = m_arena.frames.back();
  if (frame.node != JsonFrame::k_none) {
    JsonValue& node = m_nodes[frame.node];
    node.raw = view_of(frame.begin, at);
    node.is_expanded = frame.is_expanded;
    node.child_count = frame.is_expanded ? frame.count : 0;
    node.node_count = static_cast<std::uint32_t>(m_nodes.size()) - frame.node;
  }
  m_keys.close(frame);
  m_arena.frames.pop_back();
  return at;
}

std::string_view JsonScanner::decode(std::string_view body) {
  char* const room = m_arena.text.room(body.size());
  return m_arena.text.take(room, decode_json_string(body, room));
}

JsonValue& JsonScanner::add_node(JsonType type, const char* begin, const char* end, Place place) {
  JsonValue& node = m_nodes.emplace_back();
  node.type = type;
  node.raw = view_of(begin, end);
  node.key = place.key;
  return node;
}

const char* JsonScanner::fail(const char* at, const JsonProblem& problem) noexcept {
  m_fault_at = at;
  m_problem = &problem;
  return nullptr;
}

} // namespace menacedb
