#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

enum class TomlKind { text, integer, real, boolean, array, table, date };
[[nodiscard]] std::string_view toml_kind_words(TomlKind kind) noexcept; // "a string"

// A value without its children. Lines and columns count from 1.
struct TomlValue {
  TomlKind kind = TomlKind::table;
  int line = 0;
  int column = 0;
  std::string_view text{}; // texts as they are, numbers and booleans as written in TOML
};

// One key of the document, in the order of the text. Tables that stand in it come before their
// keys.
struct TomlKey {
  std::span<const std::string_view> path; // {"queue", "dir"}
  TomlValue value;
  int line = 0; // of the key
  int column = 0;
  std::span<const TomlValue> elements{}; // of an array
};

// Why the text is not TOML.
struct TomlFault {
  std::string message;
  int line = 0;
  int column = 0;
};

struct TomlDocument {
  std::vector<TomlKey> keys;
  std::optional<TomlFault> fault; // then there are no keys
  // What the views of the keys point into. It needs nothing of the text that was parsed.
  std::shared_ptr<const void> content;
};

// Parses from memory. The only place that knows the TOML library.
[[nodiscard]] TomlDocument parse_toml(std::string_view text);

} // namespace menacedb
