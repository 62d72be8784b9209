#pragma once

#include "core/base/json.hpp"
#include "core/policy/hooks.hpp"

#include <string>

struct lua_State;

namespace menacedb {

// An entry's JSON parts, parsed; belongs to the caller of LuaState::call().
struct ParsedEntry {
  JsonTape tape;
  std::optional<std::uint32_t> data;
  std::optional<std::uint32_t> metadata;
  std::string problem; // not empty: a part is no JSON that a hook could take

  explicit ParsedEntry(const HookEntry& entry);
};

// Pushes the table that a hook gets. Raises.
void push_entry(lua_State* state, const HookEntry& entry, const ParsedEntry& parsed);

// Whether the table at `index` still says what the entry said, `data` aside; else the name of the
// field that differs. Raises nothing.
[[nodiscard]] const char* changed_field(lua_State* state, int index, const HookEntry& entry);

// The row in `changed` (sorted JSON as append_json wrote it) with every member that is as it was in
// the text of the original; none when nothing differs.
[[nodiscard]] std::optional<std::string> merge_changes(const ParsedEntry& original,
                                                       std::string_view changed);

} // namespace menacedb
