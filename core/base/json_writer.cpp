#include "core/base/json_text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace menacedb {

void JsonWriter::separate() {
  if (m_needs_comma) {
    m_text += ',';
  }
  m_needs_comma = true;
}

JsonWriter& JsonWriter::begin_object() {
  separate();
  m_text += '{';
  m_needs_comma = false;
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  m_text += '}';
  m_needs_comma = true;
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  separate();
  m_text += '[';
  m_needs_comma = false;
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  m_text += ']';
  m_needs_comma = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_json_string(m_text, name);
  m_text += ':';
  m_needs_comma = false;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  append_json_string(m_text, text);
  return *this;
}

JsonWriter& JsonWriter::value(std::int64_t number) {
  return raw(fmt::format_int(number).c_str());
}

JsonWriter& JsonWriter::value(std::uint64_t number) {
  return raw(fmt::format_int(number).c_str());
}

JsonWriter& JsonWriter::value(double number) {
  if (!std::isfinite(number)) {
    return null(); // JSON has no word for it
  }
  separate();
  append_json_real(m_text, number);
  return *this;
}

JsonWriter& JsonWriter::value(bool truth) {
  return raw(truth ? "true" : "false");
}

JsonWriter& JsonWriter::null() {
  return raw("null");
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  m_text += json;
  return *this;
}

} // namespace menacedb
