#include "core/policy/builtin_tables.hpp"
#include "core/policy/router.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace menacedb;

namespace {

// What one source says, line 3 of a file where it is none other.
struct List {
  Placement placement;
  std::vector<std::string_view> tables;
  bool is_explicit = false;
  std::string_view variable{};
};

List list(Placement placement, std::vector<std::string_view> tables, bool is_explicit = false) {
  return {placement, std::move(tables), is_explicit};
}

std::shared_ptr<const TableLists> lists_of(const std::vector<List>& all) {
  auto lists = std::make_shared<TableLists>(nullptr);
  for (const List& list : all) {
    for (const std::string_view table : list.tables) {
      const bool is_file = list.variable.empty();
      lists->add({table, list.placement, list.is_explicit, is_file ? "file" : "env",
                  is_file ? "menacedb.toml" : list.variable, is_file ? 3 : 0, 0});
    }
  }
  return lists;
}

Placement placed(const std::vector<List>& lists, std::string_view table) {
  return Router(lists_of(lists), Placement::unknown).route(table).placement;
}

} // namespace

TEST_CASE("the built-in tables are 9 shared 71 local and 2 denied") {
  const auto count = [](Placement placement) {
    return std::ranges::count(builtin_tables(), placement, &BuiltinTable::placement);
  };
  CHECK(count(Placement::shared) == 9);
  CHECK(count(Placement::local) == 71);
  CHECK(count(Placement::deny) == 2);
}

TEST_CASE("built-in tables are routed without configuration") {
  const Router router({}, Placement::unknown);
  CHECK(router.route("bots").placement == Placement::shared);
  CHECK(router.route("bots").decided_by.kind == "builtin");
  CHECK(router.route("memory").placement == Placement::local);
  CHECK(router.route("anomalies").placement == Placement::local);
  CHECK(router.route("capital_ledger").placement == Placement::deny);
  CHECK(router.route("nothing").placement == Placement::unknown);
  CHECK(router.route("nothing").decided_by.kind == "default");
}

TEST_CASE("names are case-sensitive") {
  CHECK(placed({}, "Bots") == Placement::unknown);
  CHECK(placed({list(Placement::shared, {"Bots"})}, "Bots") == Placement::shared);
}

TEST_CASE("deny beats shared beats local whatever the order") {
  CHECK(placed({list(Placement::deny, {"a"}), list(Placement::shared, {"a"})}, "a") ==
        Placement::deny);
  CHECK(placed({list(Placement::shared, {"a"}), list(Placement::deny, {"a"})}, "a") ==
        Placement::deny);
  CHECK(placed({list(Placement::local, {"a"}), list(Placement::shared, {"a"})}, "a") ==
        Placement::shared);
  CHECK(placed({list(Placement::shared, {"a"}), list(Placement::local, {"a"})}, "a") ==
        Placement::shared);
}

TEST_CASE("lists merge with the built-in ones by the same rule") {
  CHECK(placed({list(Placement::local, {"bots"})}, "bots") == Placement::shared);
  CHECK(placed({list(Placement::shared, {"memory"})}, "memory") == Placement::shared);
  CHECK(placed({list(Placement::deny, {"bots"})}, "bots") == Placement::deny);
  CHECK(placed({list(Placement::shared, {"finance_logs"})}, "finance_logs") == Placement::deny);
}

TEST_CASE("a route names who decided and built-in lists keep the word when they agree") {
  const Router router(lists_of({list(Placement::shared, {"alerts", "bots"})}), Placement::unknown);
  CHECK(router.route("alerts").decided_by.kind == "file");
  CHECK(router.route("alerts").decided_by.at == "menacedb.toml:3");
  CHECK(router.route("bots").decided_by.kind == "builtin");
}

TEST_CASE("an explicit placement beats the lists before it but never a denial") {
  CHECK(placed({list(Placement::local, {"bots"}, true)}, "bots") == Placement::local);
  CHECK(placed({list(Placement::local, {"a"}, true), list(Placement::shared, {"a"})}, "a") ==
        Placement::shared);
  CHECK(placed({list(Placement::shared, {"capital_ledger"}, true)}, "capital_ledger") ==
        Placement::deny);
  CHECK(placed({list(Placement::local, {"bots"}, true), list(Placement::deny, {"bots"})}, "bots") ==
        Placement::deny);
}

TEST_CASE("undeclared tables can be given a place with its author") {
  const Router router({}, Placement::shared, {"env", "MENACEDB_ROUTING_UNDECLARED"});
  CHECK(router.route("nothing").placement == Placement::shared);
  CHECK(router.route("nothing").decided_by.at == "MENACEDB_ROUTING_UNDECLARED");
  CHECK(router.route("capital_ledger").placement == Placement::deny);
}

TEST_CASE("declared tables come by name and each once") {
  const Router router(lists_of({list(Placement::shared, {"memory", "aaa"})}), Placement::unknown);
  const auto all = router.declared();
  CHECK(all.size() == 83);
  CHECK(all.front().first == "aaa");
  CHECK(std::ranges::is_sorted(all, {}, [](const auto& entry) { return entry.first; }));
}

TEST_CASE("an unknown table gets the nearest declared name but no denied one") {
  const Router router(lists_of({list(Placement::local, {"session"})}), Placement::unknown);
  CHECK(router.suggest("bost") == "bots");
  CHECK(router.suggest("sesion") == "session");
  CHECK(router.suggest("Bots") == "bots");
  CHECK(router.suggest("finance_log") == "");
  CHECK(router.suggest("something_else_entirely") == "");
}

TEST_CASE("a table that cannot be used is refused in the words of the old router") {
  const Router router({}, Placement::unknown);
  CHECK(router.route_or_throw("bots").placement == Placement::shared);
  const auto refusal = [&](std::string_view table) {
    try {
      (void)router.route_or_throw(table);
    } catch (const Error& error) {
      return error;
    }
    return Error(ErrorKind::internal, "none", "nothing was thrown");
  };
  CHECK(refusal("capital_ledger").message() == "Access to table 'capital_ledger' is denied");
  CHECK(refusal("capital_ledger").kind() == ErrorKind::denied);
  CHECK(refusal("bost").message() == "Unknown table: bost");
  CHECK(refusal("bost").hint() == "did you mean 'bots'?");
  CHECK(refusal("bost").kind() == ErrorKind::config);
  CHECK(refusal("bost").code() == "table-unknown");
}

TEST_CASE("a denial holds for a name in another case when nobody declares that one") {
  const Router router(lists_of({{Placement::deny, {"legacy"}, false, "X"},
                                {Placement::shared, {"LEGACY"}, false, "Y"}}),
                      Placement::shared);
  CHECK(router.route("Capital_Ledger").placement == Placement::deny);
  CHECK(router.route("Legacy").placement == Placement::deny);
  CHECK(router.route("Legacy").decided_by.at == "X");
  CHECK(router.route("LEGACY").placement == Placement::shared);
  CHECK(router.route("BOTS").placement == Placement::shared);
}
