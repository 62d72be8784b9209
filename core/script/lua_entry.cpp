#include "core/script/lua_entry.hpp"

#include "core/base/json_text.hpp"
#include "core/script/lua_api.hpp"
#include "core/script/lua_json.hpp"
#include "core/script/lua_library.hpp"

namespace menacedb {
namespace {

double seconds_of(Instant when) {
  return static_cast<double>(when.time_since_epoch().count()) / 1e6;
}

// A field that is not there is nil.
void set_text(lua_State* state, const char* name, std::string_view text) {
  if (!text.empty()) {
    push_text(state, text);
    lua_setfield(state, -2, name);
  }
}

struct TextField {
  const char* name;
  std::string_view HookEntry::*text;
};

constexpr TextField k_text_fields[] = {
    {"id", &HookEntry::id},
    {"key", &HookEntry::key},
    {"table", &HookEntry::table},
    {"op", &HookEntry::op},
    {"origin", &HookEntry::origin},
    {"sql", &HookEntry::sql},
    {"operation", &HookEntry::operation},
};

std::string canonical(std::string_view json) {
  std::string text;
  append_python_json(text, json);
  return text;
}

} // namespace

ParsedEntry::ParsedEntry(const HookEntry& entry) {
  const auto parse = [this](std::string_view json, std::optional<std::uint32_t>& node) {
    if (json.empty()) {
      return;
    }
    const JsonTape::Parsed parsed = tape.parse(json, k_json_depth);
    if (parsed.fault) {
      problem = parsed.fault->message;
    } else {
      node = parsed.root;
    }
  };
  parse(entry.data, data);
  parse(entry.metadata, metadata);
}

void push_entry(lua_State* state, const HookEntry& entry, const ParsedEntry& parsed) {
  luaL_checkstack(state, 8, "entry");
  lua_createtable(state, 0, 12);
  keep_object(state);
  for (const TextField& field : k_text_fields) {
    set_text(state, field.name, entry.*field.text);
  }
  if (parsed.data) {
    push_json(state, parsed.tape, *parsed.data);
    lua_setfield(state, -2, "data");
  }
  if (parsed.metadata) {
    push_json(state, parsed.tape, *parsed.metadata);
    lua_setfield(state, -2, "metadata");
  }
  if (entry.priority) {
    lua_pushinteger(state, *entry.priority);
    lua_setfield(state, -2, "priority");
  }
  if (entry.created_at) {
    lua_pushnumber(state, seconds_of(*entry.created_at));
    lua_setfield(state, -2, "created_at");
  }
  lua_pushinteger(state, static_cast<lua_Integer>(entry.attempts));
  lua_setfield(state, -2, "attempts");
}

const char* changed_field(lua_State* state, int index, const HookEntry& entry) {
  const int table = lua_absindex(state, index);
  for (const TextField& field : k_text_fields) {
    lua_pushstring(state, field.name);
    const bool is_text = lua_rawget(state, table) == LUA_TSTRING;
    const std::string_view now = is_text ? text_at(state, -1) : std::string_view();
    const bool is_gone = !is_text && lua_isnil(state, -1);
    lua_pop(state, 1);
    if (!is_text && !is_gone) {
      return field.name;
    }
    if (is_text && now != entry.*field.text) {
      return field.name;
    }
  }
  return nullptr;
}

std::optional<std::string> merge_changes(const ParsedEntry& original, std::string_view changed) {
  JsonTape tape;
  const JsonTape::Parsed parsed = tape.parse(changed, 1);
  if (parsed.fault || !original.data) {
    return std::string(changed);
  }
  const JsonTape& before = original.tape;
  JsonWriter merged;
  merged.begin_object();
  bool is_changed = false;
  std::uint32_t kept = 0;
  std::uint32_t node = *original.data + 1;
  // First what was there, in its order, then what is new.
  for (std::uint32_t i = 0; i < before.at(*original.data).child_count;
       ++i, node = before.next_sibling(node)) {
    const JsonValue& old = before.at(node);
    const auto found = tape.find(parsed.root, old.key);
    if (!found) {
      is_changed = true;
      continue;
    }
    ++kept;
    const bool is_same = canonical(old.raw) == canonical(tape.at(*found).raw);
    is_changed |= !is_same;
    merged.key(old.key).raw(is_same ? old.raw : tape.at(*found).raw);
  }
  if (!is_changed && kept == tape.at(parsed.root).child_count) {
    return std::nullopt;
  }
  node = parsed.root + 1;
  for (std::uint32_t i = 0; i < tape.at(parsed.root).child_count;
       ++i, node = tape.next_sibling(node)) {
    if (!before.find(*original.data, tape.at(node).key)) {
      merged.key(tape.at(node).key).raw(tape.at(node).raw);
    }
  }
  return merged.end_object().take();
}

} // namespace menacedb
