#pragma once

#include "core/policy/hooks.hpp"

#include <string>
#include <string_view>

namespace menacedb {

// Calls one hook with a JSON object: of route `table`, `op`, `origin`; of the others the entry's
// fields, with `err` for on_failed; of retain `kind` and `item`. Answers the result as JSON: null
// when the hook has no opinion or drops the entry. Throws Error: bad_input for the JSON, config
// when the hook is missing or fails.
[[nodiscard]] std::string call_hook_by_hand(Hooks& hooks, HookName name, std::string_view json);

} // namespace menacedb
