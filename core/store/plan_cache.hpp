#pragma once

#include "core/store/row_guard.hpp"
#include "core/store/row_plan.hpp"

#include <memory>
#include <string>
#include <unordered_map>
#include <variant>

namespace menacedb {

// Plans with prepared statements, by table, operation and columns; the least recently used one
// gives way. Not thread-safe.
class PlanCache {
public:
  explicit PlanCache(RowGuard& guard, std::size_t capacity = 128)
      : m_guard(guard), m_capacity(capacity) {}

  // The pointer is valid until the next call. A fault when the row cannot be written whatever its
  // values are.
  [[nodiscard]] std::variant<RowPlan*, Fault> find(TableSchema& table, const RowRequest& request);
  // Before the tables are forgotten.
  void clear();

private:
  struct Held {
    RowPlan plan;
    TableSchema* table;
  };

  void write_signature(const RowRequest& request);
  [[nodiscard]] std::variant<RowPlan*, Fault> make(TableSchema& table, const RowRequest& request);
  void evict();

  RowGuard& m_guard;
  std::size_t m_capacity;
  std::uint64_t m_uses = 0;
  std::string m_signature;
  std::unordered_map<std::string, std::unique_ptr<Held>> m_plans;
};

} // namespace menacedb
