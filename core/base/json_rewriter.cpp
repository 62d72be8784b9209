#include "core/base/json_rewriter.hpp"

#include "core/base/json_ascii.hpp"
#include "core/base/json_number.hpp"
#include "core/base/json_string.hpp"
#include "core/base/json_text.hpp"
#include "core/base/utf8.hpp"

#include <algorithm>
#include <cstring>

namespace menacedb {

void JsonRewriter::Parts::push(const Part& part) {
  if (m_many.empty() && m_size < m_few.size()) {
    m_few[m_size++] = part;
    return;
  }
  if (m_many.empty()) {
    m_many.assign(m_few.begin(), m_few.end());
  }
  m_many.push_back(part);
  ++m_size;
}

void JsonRewriter::Parts::cut(std::size_t size) noexcept {
  m_size = size;
  if (!m_many.empty()) {
    m_many.resize(size); // when this empties it, the next ones go to m_few again
  }
}

std::span<JsonRewriter::Part> JsonRewriter::Parts::from(std::size_t first) noexcept {
  Part* const parts = m_many.empty() ? m_few.data() : m_many.data();
  return {parts + first, m_size - first};
}

void JsonRewriter::rewrite() {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  const char* at = m_bounds.begin;
  if (std::string_view(at, static_cast<std::size_t>(m_bounds.end - at))
          .starts_with(byte_order_mark)) {
    at += byte_order_mark.size();
  }
  rewrite_value(skip_json_space(at, m_bounds.end));
}

const char* JsonRewriter::rewrite_value(const char* at) {
  switch (*at) {
  case '{':
    return rewrite_object(at);
  case '[':
    return rewrite_array(at);
  case '"':
    return rewrite_string(at);
  case 't':
  case 'f':
  case 'n':
    return rewrite_word(at);
  default:
    return rewrite_number(at);
  }
}

const char* JsonRewriter::rewrite_object(const char* at) {
  const std::size_t first = m_parts.size();
  m_out += '{';
  at = skip_json_space(at + 1, m_bounds.end);
  while (*at != '}') {
    if (*at == ',') {
      m_out += ", ";
      at = skip_json_space(at + 1, m_bounds.end);
    }
    Part part{{}, position()};
    const char* const name_end = rewrite_string(at);
    part.name = decoded_name(at + 1, name_end - 1);
    m_out += ": ";
    at = skip_json_space(name_end, m_bounds.end) + 1; // the colon
    at = rewrite_value(skip_json_space(at, m_bounds.end));
    part.end = position();
    m_parts.push(part);
    at = skip_json_space(at, m_bounds.end);
  }
  sort_members(first);
  m_parts.cut(first);
  m_out += '}';
  return at + 1;
}

const char* JsonRewriter::rewrite_array(const char* at) {
  const std::size_t first = m_parts.size();
  m_out += '[';
  at = skip_json_space(at + 1, m_bounds.end);
  while (*at != ']') {
    if (*at == ',') {
      m_out += ", ";
      at = skip_json_space(at + 1, m_bounds.end);
    }
    const std::uint32_t begin = position();
    at = skip_json_space(rewrite_value(at), m_bounds.end);
    if (m_sorts_arrays) {
      m_parts.push({{}, begin, position()});
    }
  }
  sort_elements(first);
  m_parts.cut(first);
  m_out += ']';
  return at + 1;
}

const char* JsonRewriter::rewrite_string(const char* at) {
  const char* run = at; // with the opening quote
  ++at;
  while (true) {
    at = find_json_special<JsonRun::writing>(at, m_bounds);
    if (*at == '"') {
      ++at;
      m_out.append(run, at);
      return at;
    }
    m_out.append(run, at);
    at = rewrite_special(at);
    run = at;
  }
}

// An escape, or a character beyond ASCII.
const char* JsonRewriter::rewrite_special(const char* at) {
  if (*at != '\\') { // beyond ASCII, or DEL
    const Utf8Char c = decode_utf8(at, m_bounds.end);
    append_json_escape(m_out, c.code);
    return at + c.length;
  }
  if (at[1] == '/') { // the one escape Python does not write
    m_out += '/';
    return at + 2;
  }
  if (at[1] != 'u') {
    m_out.append(at, 2);
    return at + 2;
  }
  const char32_t unit = read_json_hex4(at + 2);
  if (unit >= 0x80) {
    append_json_escape(m_out, unit); // halves of pairs stay halves
  } else if (is_json_special<JsonRun::writing>(static_cast<char>(unit))) {
    append_json_ascii_escape(m_out, static_cast<char>(unit));
  } else {
    m_out += static_cast<char>(unit);
  }
  return at + 6;
}

const char* JsonRewriter::rewrite_number(const char* at) {
  const JsonNumberScan number = scan_json_number(at, m_bounds.end);
  if (number.type == JsonType::real) {
    append_json_real(m_out, number.real);
  } else if (number.type == JsonType::integer && number.integer == 0) {
    m_out += '0'; // Python's integers have no negative zero
  } else {
    m_out.append(at, number.end);
  }
  return number.end;
}

const char* JsonRewriter::rewrite_word(const char* at) {
  const std::size_t length = *at == 'f' ? 5 : 4;
  m_out.append(at, length);
  return at + length;
}

std::string_view JsonRewriter::decoded_name(const char* begin, const char* end) {
  const std::string_view body(begin, static_cast<std::size_t>(end - begin));
  if (body.find('\\') == std::string_view::npos) {
    return body;
  }
  std::string& name = m_decoded_names.emplace_front(body.size(), '\0');
  name.resize(static_cast<std::size_t>(decode_json_string(body, name.data()) - name.data()));
  return name;
}

std::string_view JsonRewriter::text_of(const Part& part) const {
  return std::string_view(m_out).substr(m_start + part.begin, part.end - part.begin);
}

std::uint32_t JsonRewriter::position() const {
  return static_cast<std::uint32_t>(m_out.size() - m_start);
}

void JsonRewriter::sort_members(std::size_t first) {
  const auto by_name = [](const Part& a, const Part& b) { return a.name < b.name; };
  const std::span<Part> parts = m_parts.from(first);
  if (std::is_sorted(parts.begin(), parts.end(), by_name)) {
    return;
  }
  const std::uint32_t begin = parts.front().begin;
  std::sort(parts.begin(), parts.end(), by_name);
  reorder(parts, begin);
}

void JsonRewriter::sort_elements(std::size_t first) {
  const auto by_text = [this](const Part& a, const Part& b) { return text_of(a) < text_of(b); };
  const std::span<Part> parts = m_parts.from(first);
  if (std::is_sorted(parts.begin(), parts.end(), by_text)) {
    return;
  }
  const std::uint32_t begin = parts.front().begin;
  std::sort(parts.begin(), parts.end(), by_text);
  reorder(parts, begin);
}

// Writes the parts once more behind themselves, in their new order, and moves that over the old
// text, so that no second buffer is needed.
void JsonRewriter::reorder(std::span<const Part> parts, std::uint32_t begin) {
  const std::size_t old_begin = m_start + begin;
  const std::size_t old_end = m_out.size();
  for (const Part& part : parts) {
    if (m_out.size() != old_end) {
      m_out += ", ";
    }
    m_out.append(m_out, m_start + part.begin, part.end - part.begin);
  }
  std::memmove(m_out.data() + old_begin, m_out.data() + old_end, m_out.size() - old_end);
  m_out.resize(old_end);
}

void append_python_json(std::string& out, std::string_view json) {
  JsonRewriter(out, json, false).rewrite();
}

void append_canonical_json(std::string& out, std::string_view json) {
  JsonRewriter(out, json, true).rewrite();
}

} // namespace menacedb
