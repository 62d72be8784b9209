#include "core/engine/cleanup/retained_entry.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/base/time.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

namespace menacedb {
namespace {

constexpr auto k_texts = std::to_array<std::string_view>(
    {"id", "key", "table", "op", "sql", "operation", "error", "code"});
constexpr auto k_numbers = std::to_array<std::string_view>({"priority", "attempts"});
constexpr auto k_origins =
    std::to_array<std::string_view>({"menace_id", "source_menace_id", "origin"});

class EntryFacts {
public:
  EntryFacts(JsonWriter& json, const JsonTape& tape, std::uint32_t root)
      : m_json(json), m_tape(tape), m_root(root) {}

  void add(std::span<const std::string_view> except) {
    const auto is_wanted = [except](std::string_view name) {
      return std::ranges::find(except, name) == except.end();
    };
    for (const std::string_view name : k_texts) {
      if (is_wanted(name)) {
        add_text(name, name);
      }
    }
    for (const std::string_view name : k_origins) {
      if (is_wanted("origin") && add_text(name, "origin")) {
        break;
      }
    }
    for (const std::string_view name : k_numbers) {
      const JsonValue* const value = find(name, JsonType::integer);
      if (value != nullptr && is_wanted(name)) {
        m_json.member(name, value->integer);
      }
    }
    if (const JsonValue* const value = find("created_at", JsonType::string)) {
      if (const auto when = parse_instant(value->text)) {
        m_json.member("created_at", static_cast<double>(when->time_since_epoch().count()) / 1e6);
      }
    }
  }

private:
  [[nodiscard]] const JsonValue* find(std::string_view name, JsonType type) const {
    const auto node = m_tape.find(m_root, name);
    return node && m_tape.at(*node).type == type ? &m_tape.at(*node) : nullptr;
  }
  bool add_text(std::string_view name, std::string_view as) {
    const JsonValue* const value = find(name, JsonType::string);
    if (value != nullptr && !value->text.empty()) {
      m_json.member(as, value->text);
    }
    return value != nullptr && !value->text.empty();
  }

  JsonWriter& m_json;
  const JsonTape& m_tape;
  std::uint32_t m_root;
};

void add_facts(JsonWriter& json, std::string_view text, std::span<const std::string_view> except) {
  JsonTape tape;
  const JsonTape::Parsed parsed = tape.parse(trim(text), 1);
  if (!parsed.fault && tape.at(parsed.root).type == JsonType::object) {
    EntryFacts(json, tape, parsed.root).add(except);
  }
}

} // namespace

void add_entry_facts(JsonWriter& json, std::string_view text) {
  add_facts(json, text, {});
}

void add_letter_facts(JsonWriter& json, const DeadLetter& letter) {
  std::vector<std::string_view> said;
  for (const auto& [name, text] :
       {std::pair<std::string_view, std::string_view>("table", letter.table),
        {"origin", letter.origin},
        {"error", letter.error},
        {"code", letter.code}}) {
    if (!text.empty()) {
      json.member(name, text);
      said.push_back(name);
    }
  }
  json.member("attempts", letter.attempts);
  said.push_back("attempts");
  add_facts(json, letter.line, said);
}

Retention::Facts entry_file_facts(const Context& context, std::string path) {
  return [&context, path = std::move(path)](JsonWriter& json) {
    try {
      add_entry_facts(json,
                      read_file(context.fs, path, context.settings.bytes("queue.max_line") * 2));
    } catch (const Error&) { // the hook decides by what is known
    }
  };
}

} // namespace menacedb
