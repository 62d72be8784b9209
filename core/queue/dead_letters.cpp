#include "core/queue/dead_letters.hpp"

#include "core/base/json.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"

namespace menacedb {

namespace {

bool is_object(std::string_view text) {
  JsonTape tape;
  const auto parsed = tape.parse(text, 1);
  return !parsed.fault && tape.at(parsed.root).type == JsonType::object;
}

enum class Form { json, text, base64 };

std::string encode_as(const DeadLetter& letter, Form form) {
  JsonWriter writer;
  writer.begin_object();
  switch (form) {
  case Form::json:
    writer.key("record").raw(trim(letter.line));
    break;
  case Form::text:
    writer.member("record", std::string_view(letter.line));
    break;
  case Form::base64:
    writer.member("record_base64", std::string_view(encode_base64(letter.line)));
    break;
  }
  writer.member("error", std::string_view(letter.error));
  if (letter.failed_at) {
    writer.member("failed_at", std::string_view(format_instant(*letter.failed_at)));
  }
  writer.member("code", std::string_view(letter.code));
  writer.member("table", std::string_view(letter.table));
  writer.member("origin", std::string_view(letter.origin));
  writer.member("queue", std::string_view(letter.queue));
  if (letter.segment) {
    writer.member("segment", std::string_view(format_segment(*letter.segment)));
    writer.member("offset", letter.offset);
  }
  writer.member("attempts", letter.attempts);
  if (letter.row != 0) {
    writer.member("row", letter.row);
  }
  if (letter.is_truncated) {
    writer.member("truncated", true);
  }
  writer.end_object();
  return writer.take() + "\n";
}

// Reads the members of one dead letter.
class Members {
public:
  Members(const JsonTape& tape, std::uint32_t root) : m_tape(tape), m_root(root) {}

  [[nodiscard]] const JsonValue* find(std::string_view name) const {
    const auto node = m_tape.find(m_root, name);
    return node ? &m_tape.at(*node) : nullptr;
  }
  [[nodiscard]] std::string text(std::string_view name) const {
    const JsonValue* const value = find(name);
    return value != nullptr && value->type == JsonType::string ? std::string(value->text)
                                                               : std::string();
  }
  [[nodiscard]] std::int64_t number(std::string_view name) const {
    const JsonValue* const value = find(name);
    return value != nullptr && value->type == JsonType::integer ? value->integer : 0;
  }

private:
  const JsonTape& m_tape;
  std::uint32_t m_root;
};

std::uint64_t unsigned_or_zero(std::int64_t number) {
  return number < 0 ? 0 : static_cast<std::uint64_t>(number);
}

// The entry's text: a string record is the text of a line, whatever it is.
std::optional<std::string> line_of(const Members& members) {
  if (const JsonValue* const record = members.find("record")) {
    return std::string(record->type == JsonType::string ? record->text : record->raw);
  }
  const JsonValue* const encoded = members.find("record_base64");
  if (encoded == nullptr || encoded->type != JsonType::string) {
    return std::nullopt;
  }
  return decode_base64(encoded->text);
}

} // namespace

std::string encode_dead_letter(const DeadLetter& letter) {
  if (!is_valid_utf8(letter.line)) {
    return encode_as(letter, Form::base64);
  }
  if (!letter.is_truncated && is_object(trim(letter.line))) {
    std::string line = encode_as(letter, Form::json);
    // One level deeper it may pass a limit of the parser.
    if (is_object(std::string_view(line).substr(0, line.size() - 1))) {
      return line;
    }
  }
  return encode_as(letter, Form::text);
}

std::optional<DeadLetter> decode_dead_letter(std::string_view line) {
  JsonTape tape;
  const auto parsed = tape.parse(line, 1);
  if (parsed.fault || tape.at(parsed.root).type != JsonType::object) {
    return std::nullopt;
  }
  const Members members(tape, parsed.root);
  auto text = line_of(members);
  if (!text || members.find("error") == nullptr) {
    return std::nullopt;
  }
  DeadLetter letter;
  letter.line = std::move(*text);
  letter.error = members.text("error");
  letter.code = members.text("code");
  letter.table = members.text("table");
  letter.origin = members.text("origin");
  letter.queue = members.text("queue");
  letter.segment = parse_segment(members.text("segment"));
  letter.offset = unsigned_or_zero(members.number("offset"));
  letter.attempts = unsigned_or_zero(members.number("attempts"));
  letter.failed_at = parse_instant(members.text("failed_at"));
  letter.row = members.number("row");
  const JsonValue* const truncated = members.find("truncated");
  letter.is_truncated =
      truncated != nullptr && truncated->type == JsonType::boolean && truncated->boolean;
  return letter;
}

} // namespace menacedb
