#include "core/config/items.hpp"
#include "tests/unit/config/config_bench.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <regex>
#include <sstream>

using namespace menacedb;
using menacedb::test::ConfigBench;

namespace {

std::string shipped(const std::string& path) {
  std::ifstream file(MENACEDB_SOURCE_DIR "/" + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string_view own_name(const Item& item) {
  return item.key.substr(item.key.find('.') + 1);
}

std::string as_toml(const Item& item) {
  switch (item.type) {
  case ItemType::text_list:
    return "[]";
  case ItemType::boolean:
  case ItemType::integer:
    return std::string(item.default_value);
  case ItemType::counts: {
    std::string table;
    for (const char c : item.default_value) {
      table += c == '=' ? " = " : c == ',' ? ", " : std::string(1, c);
    }
    return fmt::format("{{ {} }}", table);
  }
  default:
    return fmt::format("\"{}\"", item.default_value);
  }
}

// What the manual says of one item.
std::string manual_entry(const std::string& page, const Item& item) {
  const std::size_t begin = page.find(fmt::format("\n.It Cm {} Pq ", item.key));
  if (begin == std::string::npos) {
    return "";
  }
  const std::size_t end = std::min(page.find("\n.It ", begin + 1), page.find("\n.El", begin));
  return page.substr(begin, end - begin);
}

} // namespace

TEST_CASE("the shipped file shows every item at its default with its line of explanation") {
  const std::string file = shipped("config/menacedb.toml");
  for (const Item& item : config_items()) {
    CAPTURE(item.key);
    const std::string lines =
        fmt::format("\n# {}\n# {} = {}\n", item.doc, own_name(item), as_toml(item));
    CHECK(file.find(lines) != std::string::npos);
  }
}

TEST_CASE("the shipped file changes nothing as it is") {
  ConfigBench bench;
  bench.write("menacedb.toml", shipped("config/menacedb.toml"));
  const Settings settings = bench.load();
  CHECK(settings.problems().empty());
  for (const Item& item : config_items()) {
    CHECK(settings.origin(item.key).kind == "default");
  }
}

TEST_CASE("the shipped file with all its settings in force gives the defaults") {
  ConfigBench bench;
  bench.write("config/db_router_tables.json", "{}");
  const std::regex setting("(^|\n)# (?=\\[|[a-z_]+ = )");
  bench.write("menacedb.toml", std::regex_replace(shipped("config/menacedb.toml"), setting, "$1"));
  const Settings settings = bench.load();
  CHECK(settings.problems().empty());
  for (const Item& item : config_items()) {
    CAPTURE(item.key);
    CHECK(settings.origin(item.key).kind == "file");
    CHECK(settings.display(item.key) == item.default_value);
  }
}

TEST_CASE("the shipped table file has no problems") {
  ConfigBench bench;
  bench.write("config/db_router_tables.json", shipped("config/db_router_tables.json"));
  CHECK(bench.problem() == "");
  CHECK_FALSE(bench.load().list("routing.shared").empty());
}

TEST_CASE("the manual tells every item with its default its option and its variables") {
  const std::string page = shipped("man/menacedb.toml.5");
  for (const Item& item : config_items()) {
    CAPTURE(item.key);
    const std::string entry = manual_entry(page, item);
    CHECK_FALSE(entry.empty());
    if (!item.default_value.empty()) {
      CHECK(entry.find(fmt::format("\n.Ql {} .", item.default_value)) != std::string::npos);
    }
    if (!item.flag.empty()) {
      CHECK(entry.find(fmt::format("\n.Fl {} .", item.flag.substr(1))) != std::string::npos);
    }
    std::istringstream variables{std::string(item.environment)};
    for (std::string name; variables >> name;) {
      CHECK(entry.find("\n.Ev " + name + " ") != std::string::npos);
    }
  }
}

TEST_CASE("the manual tells no item that does not exist") {
  const std::string page = shipped("man/menacedb.toml.5");
  const std::regex entry("\n\\.It Cm ([a-z_]+\\.[a-z_]+) ");
  std::size_t count = 0;
  for (std::sregex_iterator it(page.begin(), page.end(), entry), end; it != end; ++it, ++count) {
    CAPTURE((*it)[1].str());
    CHECK(find_item((*it)[1].str()) != nullptr);
  }
  CHECK(count == config_items().size());
}

TEST_CASE("every default is a value that its own item accepts unchanged") {
  for (const Item& item : config_items()) {
    CAPTURE(item.key);
    if (item.type != ItemType::text_list) {
      CHECK(read_item_value(item, item.default_value).value == item.default_value);
    }
  }
}
