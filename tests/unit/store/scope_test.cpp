#include "core/db/database.hpp"
#include "core/store/scope.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

using namespace menacedb;

namespace {

// Ids of the rows that a condition of the clause and more conditions leaves.
std::string rows_in_scope(std::string_view table, Scope scope, const std::string& and_more) {
  SystemClock clock;
  StopFlag stop;
  const menacedb::test::TempDir directory;
  Database database(directory / "a.db", {.create = true}, clock, stop);
  const std::string name = quote_identifier(table);
  database.execute("CREATE TABLE " + name + "(id, source_menace_id)");
  database.execute("INSERT INTO " + name + " VALUES (1, 'alpha'), (2, 'beta'), (3, NULL)");
  const ScopeClause clause = build_scope_clause(table, scope, "alpha");
  const std::string where = clause.text.empty() ? "1" : clause.text;
  Statement rows =
      database.prepare("SELECT id FROM " + name + " WHERE " + where + and_more + " ORDER BY id");
  for (std::size_t i = 0; i < clause.params.size(); ++i) {
    rows.bind(static_cast<int>(i) + 1, std::string_view(clause.params[i]));
  }
  std::string ids;
  while (rows.step()) {
    ids += std::to_string(rows.integer(0));
  }
  return ids;
}

} // namespace

TEST_CASE("scopes are the three words of the old router") {
  CHECK(parse_scope("local") == Scope::local);
  CHECK(parse_scope("global") == Scope::global);
  CHECK(parse_scope("all") == Scope::all);
  CHECK_FALSE(parse_scope("LOCAL"));
  CHECK_FALSE(parse_scope(""));
}

TEST_CASE("the clause of a plain name is the old one") {
  const ScopeClause local = build_scope_clause("bots", Scope::local, "alpha");
  CHECK(local.text == "bots.source_menace_id = ?");
  CHECK(local.params == std::vector<std::string>{"alpha"});
  CHECK(build_scope_clause("bots", Scope::all, "alpha").text.empty());
  CHECK(build_scope_clause("bots", Scope::all, "alpha").params.empty());
}

TEST_CASE("rows without an origin belong to global") {
  CHECK(rows_in_scope("bots", Scope::local, "") == "1");
  CHECK(rows_in_scope("bots", Scope::global, "") == "23");
  CHECK(rows_in_scope("bots", Scope::all, "") == "123");
}

TEST_CASE("a condition beside the clause does not change whose rows are seen") {
  CHECK(rows_in_scope("bots", Scope::global, " AND id < 3") == "2");
  CHECK(rows_in_scope("bots", Scope::local, " AND (id = 1 OR id = 2)") == "1");
}

TEST_CASE("names that SQL would read otherwise are quoted") {
  for (const char* table :
       {"order", "VALUES", "with", "two words", "a\"b", "1st", "naïve", "key"}) {
    CHECK(rows_in_scope(table, Scope::global, "") == "23");
  }
}
