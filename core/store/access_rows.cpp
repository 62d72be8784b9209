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
      m_all(database, "SELECT name, value FROM menacedb_stats WHERE name GLOB 'access*'") {}

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

AccessCounts AccessRows::counts() {
  AccessCounts counts;
  const StatementUse use = m_all.use();
  while (use->step()) {
    const std::string_view name = use->text(0);
    const std::uint64_t count = unsigned_from_sql(use->integer(1));
    if (name.starts_with(k_shared)) {
      counts.shared.emplace(name.substr(k_shared.size()), count);
    } else if (name.starts_with(k_local)) {
      counts.local.emplace(name.substr(k_local.size()), count);
    }
  }
  return counts;
}

std::uint64_t AccessRows::folded(std::string_view spool) {
  const std::string name = folded_name(spool);
  const StatementUse use = m_all.use();
  while (use->step()) {
    if (use->text(0) == name) {
      return unsigned_from_sql(use->integer(1));
    }
  }
  return 0;
}

void AccessRows::note_folded(std::string_view spool) {
  add_one(folded_name(spool), 1);
}

} // namespace menacedb
