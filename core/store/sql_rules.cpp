#include "core/store/sql_rules.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace menacedb {
namespace {

using namespace std::string_view_literals;

// Their argument is a table.
constexpr std::array k_describing_pragmas = {"foreign_key_list"sv, "index_list"sv, "table_info"sv,
                                             "table_xinfo"sv};
// Harmless as long as they are asked and not told.
constexpr std::array k_telling_pragmas = {
    "application_id"sv, "collation_list"sv, "compile_options"sv, "data_version"sv, "encoding"sv,
    "foreign_keys"sv,   "freelist_count"sv, "function_list"sv,   "journal_mode"sv, "page_count"sv,
    "page_size"sv,      "pragma_list"sv,    "schema_version"sv,  "user_version"sv};
// They are tables without a file; the rest of their kind looks into databases.
constexpr std::array k_harmless_functions = {"json_each"sv, "json_tree"sv};
constexpr std::array k_refused_functions = {"edit"sv, "fts3_tokenizer"sv, "load_extension"sv,
                                            "readfile"sv, "writefile"sv};

template <typename Names>
bool is_one_of(std::string_view name, const Names& names) {
  return std::ranges::any_of(
      names, [name](std::string_view known) { return equals_ignoring_case(name, known); });
}

bool begins_with(std::string_view name, std::string_view prefix) {
  return equals_ignoring_case(name.substr(0, prefix.size()), prefix);
}

bool is_schema_table(std::string_view name) {
  return is_one_of(name, std::array{"sqlite_master"sv, "sqlite_schema"sv, "sqlite_temp_master"sv,
                                    "sqlite_temp_schema"sv});
}

bool is_harmless_function(std::string_view name) {
  if (is_one_of(name, k_harmless_functions)) {
    return true;
  }
  constexpr std::string_view k_prefix = "pragma_"; // the PRAGMA behind it is judged when it runs
  return begins_with(name, k_prefix) &&
         (is_one_of(name.substr(k_prefix.size()), k_describing_pragmas) ||
          is_one_of(name.substr(k_prefix.size()), k_telling_pragmas));
}

Error refused(std::string message) {
  return {ErrorKind::denied, "sql-denied", std::move(message)};
}

} // namespace

SqlRules::SqlRules(SqlRulesOptions options) : m_options(std::move(options)) {}

std::optional<Error> SqlRules::operator()(const SqlAction& action) const {
  switch (action.kind) {
  case SqlActionKind::select:
  case SqlActionKind::recursive:
    return std::nullopt;
  case SqlActionKind::read:
    return judge_read(action);
  case SqlActionKind::insert:
  case SqlActionKind::update:
  case SqlActionKind::remove:
    return judge_write(action);
  case SqlActionKind::create_table:
  case SqlActionKind::create_index:
  case SqlActionKind::create_view:
  case SqlActionKind::create_trigger:
  case SqlActionKind::create_virtual_table:
  case SqlActionKind::drop_table:
  case SqlActionKind::drop_index:
  case SqlActionKind::drop_view:
  case SqlActionKind::drop_trigger:
  case SqlActionKind::drop_virtual_table:
  case SqlActionKind::alter:
  case SqlActionKind::reindex:
  case SqlActionKind::analyze:
    return judge_definition(action);
  case SqlActionKind::pragma:
    return judge_pragma(action);
  case SqlActionKind::function:
    return is_one_of(action.name, k_refused_functions)
               ? std::optional(refused(fmt::format("cannot call '{}': it reaches beyond the "
                                                   "databases that the SQL may use",
                                                   printable(action.name))))
               : std::nullopt;
  case SqlActionKind::transaction:
  case SqlActionKind::savepoint:
    return m_options.transactions
               ? std::nullopt
               : std::optional(refused(fmt::format(
                     "cannot use {}: the SQL runs in a transaction that is not its own",
                     action.kind == SqlActionKind::savepoint ? "SAVEPOINT"sv : action.name)));
  case SqlActionKind::attach:
  case SqlActionKind::detach:
    return refused("cannot use ATTACH, DETACH or VACUUM: the SQL may use the databases it is given "
                   "and no others");
  case SqlActionKind::other:
    break;
  }
  return refused("cannot run the SQL: it does what is not known to be harmless");
}

std::optional<Error> SqlRules::judge_read(const SqlAction& action) const {
  if (begins_with(action.name, "sqlite_")) {
    // How a virtual table declares itself; it reads nothing.
    const bool is_declaration = is_schema_table(action.name) && action.detail == "ROWID"sv;
    return m_options.reads_schema || m_options.ddl || is_declaration
               ? std::nullopt
               : std::optional(
                     refused(
                         fmt::format(
                             "cannot read '{}': tables that are not declared have no names here",
                             printable(action.name)))
                         .with_hint("menacedb route --list"));
  }
  const bool is_mention = action.detail.empty() && action.schema.empty();
  return judge_table(is_mention ? TableUse::Kind::mention : TableUse::Kind::read, action.name,
                     action);
}

std::optional<Error> SqlRules::judge_write(const SqlAction& action) const {
  if (is_schema_table(action.name)) {
    // A virtual table declares itself by an update, which SQLite refuses to statements.
    return action.kind == SqlActionKind::update || m_options.ddl
               ? std::nullopt
               : std::optional(refused("cannot create, change or drop tables with this SQL"));
  }
  if (!m_options.writes) {
    return refused(
        fmt::format("cannot write to '{}': the SQL is for reading only", printable(action.name)));
  }
  if (begins_with(action.name, "sqlite_")) {
    return m_options.ddl ? std::nullopt
                         : std::optional(refused(fmt::format("cannot write to '{}': it is SQLite's",
                                                             printable(action.name))));
  }
  return judge_table(TableUse::Kind::write, action.name, action);
}

std::optional<Error> SqlRules::judge_definition(const SqlAction& action) const {
  if (!m_options.ddl) {
    return refused("cannot create, change or drop tables with this SQL");
  }
  const bool names_table_second =
      action.kind == SqlActionKind::create_index || action.kind == SqlActionKind::create_trigger ||
      action.kind == SqlActionKind::drop_index || action.kind == SqlActionKind::drop_trigger;
  if (action.kind == SqlActionKind::reindex) {
    return std::nullopt; // it changes nothing that is read
  }
  return judge_table(TableUse::Kind::define, names_table_second ? action.detail : action.name,
                     action);
}

std::optional<Error> SqlRules::judge_pragma(const SqlAction& action) const {
  if (is_one_of(action.name, k_describing_pragmas) && !action.detail.empty()) {
    return judge_table(TableUse::Kind::describe, action.detail, action);
  }
  if (is_one_of(action.name, k_telling_pragmas) && action.detail.empty()) {
    return std::nullopt;
  }
  return refused(fmt::format("cannot use PRAGMA '{}': only those that describe a table or tell a "
                             "setting are allowed",
                             printable(action.name)));
}

std::optional<Error> SqlRules::judge_table(TableUse::Kind kind, std::string_view table,
                                           const SqlAction& action) const {
  const bool changes = kind == TableUse::Kind::write || kind == TableUse::Kind::define;
  if (changes && begins_with(table, "menacedb_")) {
    return refused(fmt::format("cannot write to '{}': it is menacedb's own", printable(table)));
  }
  if (!m_options.table) {
    return std::nullopt;
  }
  std::optional<Error> refusal = m_options.table({kind, action.schema, table, action});
  const bool is_function = refusal && !changes && is_harmless_function(table);
  return is_function && refusal->code() != "table-denied" ? std::nullopt : std::move(refusal);
}

} // namespace menacedb
