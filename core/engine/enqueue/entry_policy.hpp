#pragma once

#include "core/policy/hooks.hpp"
#include "core/queue/codec.hpp"

#include <optional>

namespace menacedb {

// What hooks say of an entry that is about to be queued; its origin is known.

// Throws Error for a table that is denied or not declared, as Router::route_or_throw.
[[nodiscard]] Placement place_by_policy(const Router& router, Hooks& hooks, const NewEntry& entry);
// None without hook or opinion.
[[nodiscard]] std::optional<int> priority_by_hook(Hooks* hooks, const NewEntry& entry);

} // namespace menacedb
