#include "core/store/stats_rows.hpp"

#include "core/store/sql_values.hpp"

#include <array>

namespace menacedb {

namespace {

struct Item {
  std::string_view name;
  std::uint64_t StoreTotals::*member;
};

constexpr std::array k_items{
    Item{"applied", &StoreTotals::applied}, Item{"duplicates", &StoreTotals::duplicates},
    Item{"failed", &StoreTotals::failed}, Item{"deferred", &StoreTotals::deferred},
    Item{"forwarded", &StoreTotals::forwarded}};

} // namespace

StatsRows::StatsRows(Database& database)
    : m_add(database, "INSERT INTO menacedb_stats(name, value) VALUES(?1, ?2) "
                      "ON CONFLICT(name) DO UPDATE SET value = value + excluded.value"),
      m_all(database, "SELECT name, value FROM menacedb_stats") {}

void StatsRows::add(const StoreTotals& increments) {
  for (const Item& item : k_items) {
    if (increments.*item.member != 0) {
      add_one(item.name, increments.*item.member);
    }
  }
}

void StatsRows::add_one(std::string_view name, std::uint64_t increment) {
  const StatementUse use = m_add.use();
  use->bind(1, name).bind(2, to_sql(increment)).run();
}

StoreTotals StatsRows::totals() {
  StoreTotals totals;
  const StatementUse use = m_all.use();
  while (use->step()) {
    for (const Item& item : k_items) {
      if (use->text(0) == item.name) {
        totals.*item.member = unsigned_from_sql(use->integer(1));
      }
    }
  }
  return totals;
}

} // namespace menacedb
