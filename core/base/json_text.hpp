#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace menacedb {

// `text` as a JSON string with quotes. `ascii`: non-ASCII as \uXXXX (surrogate pairs, lower-case
// hex) as Python's json.dumps writes it; otherwise UTF-8 stays, but DEL and the C1 controls become
// \uXXXX too, so that no control character reaches a terminal. Bad bytes become U+FFFD.
void append_json_string(std::string& out, std::string_view text, bool ascii = false);
// Python's repr of a double: "1.0", "1e+16", "1e-07", "-0.0". Not for infinities and NaN, which no
// JSON text has: it writes Python's words for them.
void append_json_real(std::string& out, double value);

// Rewrites checked JSON text the way Python's json.dumps(…, sort_keys=True) writes it: keys sorted
// by code point, separators ", " and ": ", non-ASCII escaped, doubles in shortest form, integers
// exact at any size. `json` must have passed JsonTape.
void append_python_json(std::string& out, std::string_view json);
// The same, and every array is sorted by the text of its already rewritten elements: the input of
// the content hash (CONTRACTS 1.1).
void append_canonical_json(std::string& out, std::string_view json);

// Writes one JSON document, without blanks, in the order of the calls. Strings are UTF-8.
class JsonWriter {
public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(std::uint64_t number);
  JsonWriter& value(int number) { return value(static_cast<std::int64_t>(number)); }
  JsonWriter& value(double number);
  JsonWriter& value(bool truth);
  JsonWriter& null();
  JsonWriter& raw(std::string_view json); // must be valid JSON

  // key() and value() in one.
  template <typename T>
  JsonWriter& member(std::string_view name, const T& content) {
    key(name);
    return value(content);
  }

  [[nodiscard]] const std::string& text() const noexcept { return m_text; }
  [[nodiscard]] std::string take() noexcept { return std::move(m_text); }

private:
  void separate();

  std::string m_text;
  bool m_needs_comma = false;
};

} // namespace menacedb
