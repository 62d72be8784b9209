#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "core/base/json_text.hpp"
#include "core/base/json_value_text.hpp"
#include "core/queue/codec.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {

namespace {

void append_object(std::string& out, const JsonTape& tape,
                   const std::vector<std::uint32_t>& members) {
  out.push_back('{');
  bool is_first = true;
  for (const std::uint32_t member : members) {
    if (!is_first) {
      out.append(", ");
    }
    is_first = false;
    append_json_string(out, tape.at(member).key, true);
    out.append(": ");
    append_python_value(out, tape.at(member));
  }
  out.push_back('}');
}

// Arrays are sorted in the input of the hash, so then it is not the text of the line.
bool has_array(const JsonValue& value) {
  return value.type == JsonType::array ||
         (value.type == JsonType::object && value.raw.find('[') != std::string_view::npos);
}

void append_names(std::string& out, std::string_view member,
                  const std::vector<std::string_view>& names) {
  out.append(member).push_back('[');
  for (std::size_t i = 0; i < names.size(); ++i) {
    out.append(i == 0 ? "" : ", ");
    append_json_string(out, names[i], true);
  }
  out.push_back(']');
}

void append_text(std::string& out, std::string_view member, std::string_view text) {
  out.append(member);
  append_json_string(out, text, true);
}

} // namespace

void LineEncoder::select_members(const JsonTape& tape, std::uint32_t root) {
  m_members.clear();
  std::uint32_t node = root + 1;
  for (std::uint32_t i = 0; i < tape.at(root).child_count; ++i) {
    m_members.push_back(node);
    node = tape.next_sibling(node);
  }
  m_sorted = m_members;
  std::sort(m_sorted.begin(), m_sorted.end(),
            [&](std::uint32_t a, std::uint32_t b) { return tape.at(a).key < tape.at(b).key; });
}

void LineEncoder::select_hash_members(const JsonTape& tape, const NewEntry& entry) {
  m_hashes_all = entry.hash_fields.empty();
  if (m_hashes_all) {
    m_hash_fields = m_members;
    return;
  }
  m_hash_fields.clear();
  std::vector<std::string_view> missing;
  for (const std::string_view field : entry.hash_fields) {
    const auto member = std::find_if(m_members.begin(), m_members.end(), [&](std::uint32_t node) {
      return tape.at(node).key == field;
    });
    if (member == m_members.end()) {
      missing.push_back(field);
    } else {
      m_hash_fields.push_back(*member);
    }
  }
  if (!missing.empty()) {
    std::sort(missing.begin(), missing.end());
    throw Error(ErrorKind::bad_input, "missing-hash-fields",
                fmt::format("Missing fields for hashing: {}", fmt::join(missing, ", ")));
  }
}

void LineEncoder::append_hash_input(const JsonTape& tape) {
  auto chosen = m_hash_fields;
  std::sort(chosen.begin(), chosen.end(),
            [&](std::uint32_t a, std::uint32_t b) { return tape.at(a).key < tape.at(b).key; });
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  append_object(m_scratch, tape, chosen);
}

void LineEncoder::append_hash(std::string& out, const JsonTape& tape,
                              std::string_view written_data) {
  const bool is_plain = std::none_of(m_hash_fields.begin(), m_hash_fields.end(),
                                     [&](std::uint32_t node) { return has_array(tape.at(node)); });
  if (is_plain && m_hashes_all) {
    const std::string hex = sha256_hex(written_data);
    out.append(hex);
    return;
  }
  m_scratch.clear();
  append_hash_input(tape);
  if (!is_plain) {
    const std::size_t plain_size = m_scratch.size();
    const std::string plain = m_scratch;
    append_canonical_json(m_scratch, plain);
    m_scratch.erase(0, plain_size);
  }
  out.append(sha256_hex(m_scratch));
}

void LineEncoder::append_hash_fields(std::string& out, const JsonTape& tape) {
  out.append(R"(", "hash_fields": [)");
  bool is_first = true;
  for (const std::uint32_t field : m_hash_fields) {
    out.append(is_first ? "" : ", ");
    is_first = false;
    append_json_string(out, tape.at(field).key, true);
  }
  out.push_back(']');
}

void LineEncoder::append(std::string& out, const NewEntry& entry) {
  const JsonTape* tape = entry.tape;
  std::uint32_t root = entry.root;
  if (tape == nullptr) {
    m_tape.clear();
    auto parsed = m_tape.parse(entry.data, 1);
    if (parsed.fault) {
      throw Error(ErrorKind::bad_input, parsed.fault->code, parsed.fault->message);
    }
    tape = &m_tape;
    root = parsed.root;
  }
  if (tape->at(root).type != JsonType::object) {
    throw Error(ErrorKind::bad_input, "not-an-object", "cannot queue the data: not a JSON object");
  }
  select_members(*tape, root);
  select_hash_members(*tape, entry);

  append_text(out, R"({"created_at": )", format_instant(entry.created_at));
  out.append(R"(, "data": )");
  const std::size_t data_begin = out.size();
  append_object(out, *tape, m_sorted);
  const std::size_t data_size = out.size() - data_begin;
  out.append(R"(, "hash": ")");
  append_hash(out, *tape, std::string_view(out).substr(data_begin, data_size));
  append_hash_fields(out, *tape);
  if (!entry.id.empty()) {
    append_text(out, R"(, "id": )", entry.id);
  }
  if (!entry.key.empty()) {
    append_text(out, R"(, "key": )", entry.key);
  }
  if (!entry.key_fields.empty()) {
    append_names(out, R"(, "key_fields": )", entry.key_fields);
  }
  if (!entry.metadata.empty()) {
    out.append(R"(, "metadata": )");
    append_python_json(out, entry.metadata);
  }
  if (entry.not_before) {
    append_text(out, R"(, "not_before": )", format_instant(*entry.not_before));
  }
  if (entry.op != Op::insert) {
    append_text(out, R"(, "op": )", op_word(entry.op));
  }
  if (entry.priority) {
    fmt::format_to(std::back_inserter(out), R"(, "priority": {})", *entry.priority);
  }
  append_text(out, R"(, "source_menace_id": )", entry.origin);
  append_text(out, R"(, "table": )", entry.table);
  out.append("}\n");
}

void encode_line(std::string& out, const NewEntry& entry) {
  LineEncoder().append(out, entry);
}

} // namespace menacedb
