#include "core/store/stats_rows.hpp"

#include "core/db/sql_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace menacedb {

namespace {

struct Item {
  std::string_view name;
  std::uint64_t StoreTotals::*member;
};

constexpr std::array k_items{Item{"applied", &StoreTotals::applied},
                             Item{"duplicates", &StoreTotals::duplicates},
                             Item{"failed", &StoreTotals::failed},
                             Item{"deferred", &StoreTotals::deferred},
                             Item{"forwarded", &StoreTotals::forwarded},
                             Item{"delivered", &StoreTotals::delivered},
                             Item{"direct", &StoreTotals::direct},
                             Item{"dir_processed", &StoreTotals::dir_processed},
                             Item{"dir_failed", &StoreTotals::dir_failed},
                             Item{"dir_retried", &StoreTotals::dir_retried},
                             Item{"dir_direct", &StoreTotals::dir_direct}};

std::string completed_name(std::string_view spool, const Lane& lane) {
  return fmt::format("completed:{}/{}", spool, lane_file_name(lane));
}

std::string counted_name(std::string_view spool) {
  return fmt::format("counted:{}", spool);
}

} // namespace

StatsRows::StatsRows(Database& database)
    : m_add(database, "INSERT INTO menacedb_stats(name, value) VALUES(?1, ?2) "
                      "ON CONFLICT(name) DO UPDATE SET value = value + excluded.value"),
      m_all(database, "SELECT name, value FROM menacedb_stats "
                      "WHERE name < 'generation:' OR name >= 'generation;'"),
      m_forget(database, "DELETE FROM menacedb_stats WHERE name IN (SELECT name "
                         "FROM menacedb_stats WHERE name >= 'generation:' AND name < 'generation;' "
                         "ORDER BY name DESC LIMIT -1 OFFSET ?1)") {}

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

void StatsRows::add_completed(std::string_view spool, const Lane& lane, std::uint64_t increment) {
  if (increment != 0) {
    add_one(completed_name(spool, lane), increment);
  }
}

StatsValues StatsRows::values() {
  StatsValues values;
  const StatementUse use = m_all.use();
  while (use->step()) { // in order of their names
    values.emplace_hint(values.end(), use->text(0), unsigned_from_sql(use->integer(1)));
  }
  return values;
}

std::uint64_t StatsRows::counted(std::string_view spool) {
  return value_in(values(), counted_name(spool));
}

void StatsRows::note_counted(std::string_view spool, std::uint64_t number) {
  const std::uint64_t before = counted(spool);
  add_one(counted_name(spool), number - std::min(number, before));
}

void StatsRows::set_generation(std::string_view name) {
  m_generation = name.empty() ? std::string() : fmt::format("generation:{}", name);
}

void StatsRows::add_decided(std::uint64_t increment) {
  if (increment == 0 || m_generation.empty()) {
    return;
  }
  add_one(m_generation, increment);
  if (!m_has_forgotten) {
    const StatementUse use = m_forget.use();
    use->bind(1, static_cast<std::int64_t>(k_generations)).run();
    m_has_forgotten = true; // if this transaction fails, the next drain does it
  }
}

std::uint64_t value_in(const StatsValues& values, std::string_view name) {
  const auto found = values.find(name);
  return found == values.end() ? 0 : found->second;
}

StoreTotals totals_in(const StatsValues& values) {
  StoreTotals totals;
  for (const Item& item : k_items) {
    totals.*item.member = value_in(values, item.name);
  }
  return totals;
}

std::uint64_t completed_in(const StatsValues& values, std::string_view spool, const Lane& lane) {
  return value_in(values, completed_name(spool, lane));
}

} // namespace menacedb
