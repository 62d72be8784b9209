#include "core/store/value_binder.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

namespace menacedb {

namespace {

constexpr std::string_view k_blob = "$blob";

// A long number or name must not make a long message.
std::string shortened(std::string_view text) {
  constexpr std::size_t k_most = 40;
  return text.size() <= k_most ? std::string(text) : fmt::format("{}…", text.substr(0, k_most));
}

} // namespace

bool ValueBinder::bind(Statement& statement, int parameter, const JsonValue& value) {
  switch (value.type) {
  case JsonType::null:
    statement.bind_null(parameter);
    return true;
  case JsonType::boolean:
    statement.bind(parameter, std::int64_t{value.boolean ? 1 : 0});
    return true;
  case JsonType::integer:
    statement.bind(parameter, value.integer);
    return true;
  case JsonType::real:
    statement.bind(parameter, value.real);
    return true;
  case JsonType::string:
    statement.bind(parameter, value.text);
    return true;
  case JsonType::big_integer:
    return refuse("integer-too-big", fmt::format("the integer {} of {} is beyond 64 bits",
                                                 shortened(value.raw), shortened(value.key)));
  case JsonType::array:
  case JsonType::object:
    return bind_container(statement, parameter, value);
  }
  return refuse("json-syntax", "the value has no type");
}

bool ValueBinder::bind_container(Statement& statement, int parameter, const JsonValue& value) {
  if (value.type == JsonType::array || value.raw.find(k_blob) == std::string_view::npos) {
    statement.bind(parameter, value.raw);
    return true;
  }
  m_tape.clear();
  const JsonTape::Parsed parsed = m_tape.parse(value.raw, 1);
  if (parsed.fault) {
    return refuse(parsed.fault->code, parsed.fault->message);
  }
  const JsonValue& object = m_tape.at(parsed.root);
  if (object.child_count != 1 || m_tape.at(parsed.root + 1).key != k_blob) {
    statement.bind(parameter, value.raw);
    return true;
  }
  const JsonValue& content = m_tape.at(parsed.root + 1);
  std::optional<std::string> bytes;
  if (content.type == JsonType::string) {
    bytes = decode_base64(content.text);
  }
  if (!bytes) {
    return refuse("bad-blob", fmt::format("the $blob of {} is not base64", shortened(value.key)));
  }
  statement.bind_blob(parameter, m_blobs.emplace_back(std::move(*bytes)));
  return true;
}

bool ValueBinder::refuse(std::string_view code, std::string message) {
  m_fault = Fault{std::string(code), std::move(message)};
  return false;
}

} // namespace menacedb
