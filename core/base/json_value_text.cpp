#include "core/base/json_value_text.hpp"

#include "core/base/json_text.hpp"

namespace menacedb {

namespace {

using AppendContainer = void (*)(std::string& out, std::string_view json);

void append_value(std::string& out, const JsonValue& value, AppendContainer append_container) {
  switch (value.type) {
  case JsonType::null:
  case JsonType::boolean:
  case JsonType::big_integer:
    out.append(value.raw);
    return;
  case JsonType::integer:
    out.append(value.integer == 0 ? std::string_view("0") : value.raw); // "-0" is Python's 0
    return;
  case JsonType::real:
    append_json_real(out, value.real);
    return;
  case JsonType::string:
    append_json_string(out, value.text, true);
    return;
  case JsonType::array:
  case JsonType::object:
    append_container(out, value.raw);
    return;
  }
}

} // namespace

void append_python_value(std::string& out, const JsonValue& value) {
  append_value(out, value, append_python_json);
}

void append_canonical_value(std::string& out, const JsonValue& value) {
  append_value(out, value, append_canonical_json);
}

} // namespace menacedb
