#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// Whose rows of a shared table a read sees: its own, those of all others, or all.
enum class Scope { local, global, all };
[[nodiscard]] std::optional<Scope> parse_scope(std::string_view word) noexcept;

// A condition for a WHERE clause and the values of its `?`, in order. Empty: every row.
struct ScopeClause {
  std::string text; // "bots.source_menace_id = ?"
  std::vector<std::string> params;
};

// Rows without an origin are nobody's own, so they belong to `global`. The clause stands in
// parentheses where AND or OR beside it could change its meaning.
[[nodiscard]] ScopeClause build_scope_clause(std::string_view table, Scope scope,
                                             std::string_view menace_id);

} // namespace menacedb
