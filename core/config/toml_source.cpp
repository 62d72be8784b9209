#include "core/config/toml_source.hpp"

#include "core/base/text.hpp"

#define TOML_ENABLE_FORMATTERS 0
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <tuple>

namespace menacedb {
namespace {

int number(toml::source_index index) {
  return static_cast<int>(index);
}

TomlKind kind_of(const toml::node& node) {
  switch (node.type()) {
  case toml::node_type::string:
    return TomlKind::text;
  case toml::node_type::integer:
    return TomlKind::integer;
  case toml::node_type::floating_point:
    return TomlKind::real;
  case toml::node_type::boolean:
    return TomlKind::boolean;
  case toml::node_type::array:
    return TomlKind::array;
  case toml::node_type::date:
  case toml::node_type::time:
  case toml::node_type::date_time:
    return TomlKind::date;
  case toml::node_type::table:
  case toml::node_type::none:
    return TomlKind::table;
  }
  return TomlKind::table;
}

std::string text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) {
    return text->get();
  }
  if (const auto* integer = node.as_integer()) {
    return std::to_string(integer->get());
  }
  if (const auto* real = node.as_floating_point()) {
    return fmt::format("{}", real->get());
  }
  if (const auto* boolean = node.as_boolean()) {
    return boolean->get() ? "true" : "false";
  }
  return {};
}

TomlValue value_of(const toml::node& node) {
  const toml::source_position begin = node.source().begin;
  return {kind_of(node), text_of(node), number(begin.line), number(begin.column)};
}

void gather(const toml::table& table, const std::vector<std::string>& above,
            std::vector<TomlKey>& keys) {
  for (const auto& [name, node] : table) {
    TomlKey key;
    key.path = above;
    key.path.emplace_back(name.str());
    key.value = value_of(node);
    key.line = number(name.source().begin.line);
    key.column = number(name.source().begin.column);
    if (const auto* array = node.as_array()) {
      for (const toml::node& element : *array) {
        key.elements.push_back(value_of(element));
      }
    }
    const std::vector<std::string> path = key.path;
    keys.push_back(std::move(key));
    if (const auto* inner = node.as_table()) {
      gather(*inner, path, keys);
    }
  }
}

TomlFault fault_of(const toml::parse_error& error) {
  std::string message(error.description());
  // The library begins with a capital and calls the whole "document"; the rest is plain enough.
  if (!message.empty() && message[0] >= 'A' && message[0] <= 'Z') {
    message[0] = static_cast<char>(message[0] - 'A' + 'a');
  }
  const toml::source_position at = error.source().begin;
  return {fmt::format("cannot parse TOML: {}", printable(message)), number(at.line),
          number(at.column)};
}

} // namespace

std::string_view toml_kind_words(TomlKind kind) noexcept {
  switch (kind) {
  case TomlKind::text:
    return "a string";
  case TomlKind::integer:
    return "a whole number";
  case TomlKind::real:
    return "a fraction";
  case TomlKind::boolean:
    return "true or false";
  case TomlKind::array:
    return "an array";
  case TomlKind::table:
    return "a table";
  case TomlKind::date:
    return "a date or time";
  }
  return {};
}

TomlDocument parse_toml(std::string_view text) {
  TomlDocument document;
  try {
    gather(toml::parse(text), {}, document.keys);
  } catch (const toml::parse_error& error) {
    document.keys.clear();
    document.fault = fault_of(error);
  }
  // The library keeps a table's keys by name; problems are told in the order of the text.
  std::ranges::stable_sort(document.keys, {}, [](const TomlKey& key) {
    return std::tuple(key.line, key.column, key.path.size());
  });
  return document;
}

} // namespace menacedb
