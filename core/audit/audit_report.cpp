#include "core/audit/audit_report.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace menacedb {
namespace {

using TableCount = AuditReport::TableCount;
using WriterCount = AuditReport::WriterCount;

[[nodiscard]] std::vector<AuditCount> sorted_operations(const AuditCounts& counts) {
  std::vector<AuditCount> operations(counts.counts().begin(), counts.counts().end());
  std::ranges::sort(operations, {}, [](const AuditCount& count) {
    return std::tie(count.menace_id, count.table, count.operation);
  });
  return operations;
}

template <typename Count>
void sort_by_count(std::vector<Count>& counts) {
  std::ranges::stable_sort(counts, std::ranges::greater{}, &Count::count);
}

[[nodiscard]] std::vector<TableCount> table_counts(const AuditCounts& counts) {
  std::vector<TableCount> tables;
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> places;
  for (const AuditCount& count : counts.counts()) {
    const auto [place, is_new] = places.try_emplace({count.menace_id, count.table}, tables.size());
    if (is_new) {
      tables.push_back({count.menace_id, count.table, 0});
    }
    tables[place->second].count += count.count;
  }
  sort_by_count(tables);
  return tables;
}

[[nodiscard]] std::set<std::string_view> shared_tables(const AuditCounts& counts) {
  std::map<std::string_view, std::string_view> writers; // the first one
  std::set<std::string_view> shared;
  for (const AuditCount& count : counts.counts()) {
    if (is_write_operation(count.operation)) {
      const auto [writer, is_new] = writers.try_emplace(count.table, count.menace_id);
      if (!is_new && writer->second != count.menace_id) {
        shared.insert(count.table);
      }
    }
  }
  return shared;
}

[[nodiscard]] std::vector<WriterCount> shared_writers(const AuditCounts& counts, std::size_t top) {
  const std::set<std::string_view> shared = shared_tables(counts);
  std::vector<WriterCount> writers;
  std::map<std::string_view, std::size_t> places;
  for (const AuditCount& count : counts.counts()) {
    if (!shared.contains(count.table)) {
      continue;
    }
    const auto [place, is_new] = places.try_emplace(count.menace_id, writers.size());
    if (is_new) {
      writers.push_back({count.menace_id, 0});
    }
    writers[place->second].count += count.count;
  }
  sort_by_count(writers);
  if (top != 0 && writers.size() > top) {
    writers.resize(top);
  }
  return writers;
}

} // namespace

bool is_write_operation(std::string_view operation) noexcept {
  constexpr std::array<std::string_view, 6> k_writes = {"write",  "queue_insert", "insert",
                                                        "update", "upsert",       "delete"};
  return std::ranges::find(k_writes, operation) != k_writes.end();
}

AuditReport make_audit_report(const AuditCounts& counts, std::size_t top) {
  return {sorted_operations(counts), table_counts(counts), shared_writers(counts, top)};
}

} // namespace menacedb
