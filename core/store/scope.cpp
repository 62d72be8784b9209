#include "core/store/scope.hpp"

#include "core/base/text.hpp"
#include "core/db/statement.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

// The words that SQLite does not take for a name where one is expected, between blanks.
constexpr std::string_view k_reserved =
    " add all alter and as autoincrement between case cast check collate commit constraint "
    "create current_date current_time current_timestamp default deferrable delete distinct drop "
    "else escape except exists foreign from group having in index insert intersect into is "
    "isnull join limit not nothing notnull null on or order primary raise references returning "
    "select set table then to transaction union unique update using values when where with ";

bool is_plain_name(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto is_name_char = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && is_letter(name[0]) && std::ranges::all_of(name, is_name_char) &&
         k_reserved.find(fmt::format(" {} ", to_lower(name))) == std::string_view::npos;
}

} // namespace

std::optional<Scope> parse_scope(std::string_view word) noexcept {
  if (word == "local") {
    return Scope::local;
  }
  if (word == "global") {
    return Scope::global;
  }
  return word == "all" ? std::optional(Scope::all) : std::nullopt;
}

ScopeClause build_scope_clause(std::string_view table, Scope scope, std::string_view menace_id) {
  const std::string name = is_plain_name(table) ? std::string(table) : quote_identifier(table);
  const std::string column = name + ".source_menace_id";
  switch (scope) {
  case Scope::local:
    return {column + " = ?", {std::string(menace_id)}};
  case Scope::global:
    return {fmt::format("({0} <> ? OR {0} IS NULL)", column), {std::string(menace_id)}};
  case Scope::all:
    return {};
  }
  return {};
}

} // namespace menacedb
