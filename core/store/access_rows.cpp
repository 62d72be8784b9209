#include "core/store/access_rows.hpp"

#include "core/db/sql_values.hpp"

#include <string>

namespace menacedb {
namespace {

constexpr std::string_view k_shared = "access.shared.";
constexpr std::string_view k_local = "access.local.";

std::string folded_name(std::string_view spool) {
  return std::string("accesses_folded.").append(spool);
}

} // namespace

AccessRows::AccessRows(Database& database)
    : m_add(database, "INSERT INTO menacedb_stats(name, value) VALUES(?1, ?2) "
                      "ON CONFLICT(name) DO UPDATE SET value = value + excluded.value"),
      m_stats(database) {}

AccessCounts accesses_in(const StatsValues& values) {
  AccessCounts counts;
  for (const auto& [name, count] : values) {
    if (name.starts_with(k_shared)) {
      counts.shared.emplace(name.substr(k_shared.size()), count);
    } else if (name.starts_with(k_local)) {
      counts.local.emplace(name.substr(k_local.size()), count);
    }
  }
  return counts;
}

std::uint64_t folded_in(const StatsValues& values, std::string_view spool) {
  return value_in(values, folded_name(spool));
}

void AccessRows::add_one(std::string_view name, std::uint64_t increment) {
  const StatementUse use = m_add.use();
  use->bind(1, name).bind(2, to_sql(increment)).run();
}

void AccessRows::add(const AccessCounts& increments) {
  for (const auto& [table, count] : increments.shared) {
    add_one(std::string(k_shared).append(table), count);
  }
  for (const auto& [table, count] : increments.local) {
    add_one(std::string(k_local).append(table), count);
  }
}

void AccessRows::note_folded(std::string_view spool) {
  add_one(folded_name(spool), 1);
}

} // namespace menacedb
