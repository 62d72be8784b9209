#include "core/config/json_tables.hpp"

#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/config/suggestions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace menacedb {
namespace {

constexpr std::array<std::string_view, 4> k_keys{"audit_log", "deny", "local", "shared"};

std::string_view type_words(JsonType type) {
  switch (type) {
  case JsonType::null:
    return "null";
  case JsonType::boolean:
    return "true or false";
  case JsonType::integer:
  case JsonType::big_integer:
  case JsonType::real:
    return "a number";
  case JsonType::string:
    return "a string";
  case JsonType::array:
    return "an array";
  case JsonType::object:
    return "an object";
  }
  return {};
}

class JsonTables {
public:
  JsonTables(std::string_view text, std::string_view path, SettingsBuilder& builder)
      : m_text(text), m_path(path), m_builder(builder) {}

  void read();

private:
  [[nodiscard]] Place place_at(std::size_t offset);
  [[nodiscard]] Place place(const JsonValue& value) {
    return place_at(static_cast<std::size_t>(value.raw.data() - m_text.data()));
  }
  void refuse(std::string_view key, const JsonValue& value, std::string_view expected);
  void read_member(std::uint32_t index);
  void read_list(std::uint32_t index);

  std::string_view m_text;
  std::string_view m_path;
  SettingsBuilder& m_builder;
  JsonTape m_tape;
  // The line that holds m_seen, so that a long list is not counted from the top for each name.
  std::size_t m_seen = 0;
  std::size_t m_line_start = 0;
  int m_line = 1;
};

Place JsonTables::place_at(std::size_t offset) {
  if (offset < m_seen) {
    m_seen = 0;
    m_line_start = 0;
    m_line = 1;
  }
  for (; m_seen < offset; ++m_seen) {
    if (m_text[m_seen] == '\n') {
      ++m_line;
      m_line_start = m_seen + 1;
    }
  }
  const std::string_view before = m_text.substr(m_line_start, offset - m_line_start);
  const auto is_first_byte = [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u;
  };
  return {m_path, m_line, static_cast<int>(std::ranges::count_if(before, is_first_byte)) + 1};
}

void JsonTables::refuse(std::string_view key, const JsonValue& value, std::string_view expected) {
  m_builder.problem(
      place(value), std::string(key),
      fmt::format("cannot use '{}': expected {}, found {}", key, expected, type_words(value.type)));
}

void JsonTables::read() {
  const auto parsed = m_tape.parse(m_text, 2);
  if (parsed.fault) {
    m_builder.problem(place_at(std::min(parsed.fault->offset, m_text.size())), "",
                      parsed.fault->message);
    return;
  }
  const JsonValue& root = m_tape.at(parsed.root);
  if (root.type != JsonType::object) {
    m_builder.problem(
        place(root), "",
        fmt::format("cannot use table file: expected an object, found {}", type_words(root.type)));
    return;
  }
  std::uint32_t index = parsed.root + 1;
  for (std::uint32_t i = 0; i < root.child_count; ++i) {
    read_member(index);
    index = m_tape.next_sibling(index);
  }
}

void JsonTables::read_member(std::uint32_t index) {
  const JsonValue& value = m_tape.at(index);
  if (value.key == "audit_log") {
    if (value.type == JsonType::string) {
      m_builder.set(*find_item("audit.path"), value.text, "json", place(value));
    } else if (value.type != JsonType::null) {
      refuse(value.key, value, "a string");
    }
    return;
  }
  if (std::ranges::find(k_keys, value.key) != k_keys.end()) {
    read_list(index);
  } else if (const auto near = nearest(value.key, k_keys)) {
    const std::string key = printable(value.key);
    m_builder.problem(place(value), key, fmt::format("cannot use '{}': unknown key", key),
                      did_you_mean(near));
  }
}

void JsonTables::read_list(std::uint32_t index) {
  const JsonValue& list = m_tape.at(index);
  if (list.type != JsonType::array) {
    refuse(list.key, list, "an array of strings");
    return;
  }
  std::vector<SettingsBuilder::PlacedTable> tables;
  const Place at = place(list);
  std::uint32_t child = index + 1;
  for (std::uint32_t i = 0; i < list.child_count; ++i) {
    const JsonValue& element = m_tape.at(child);
    if (element.type == JsonType::string) {
      const Place at_element = place(element);
      tables.push_back(
          {m_builder.texts().keep(std::string(element.text)), at_element.line, at_element.column});
    } else {
      refuse(list.key, element, "a string");
    }
    child = m_tape.next_sibling(child);
  }
  const Item* item = find_item("routing", list.key);
  m_builder.set_list(*item, tables, "json", at);
}

} // namespace

void read_json_tables(std::string_view text, std::string_view path, SettingsBuilder& builder) {
  JsonTables(text, path, builder).read();
}

} // namespace menacedb
