#include "core/store/plan_cache.hpp"

#include <algorithm>
#include <utility>

namespace menacedb {

std::variant<RowPlan*, Fault> PlanCache::find(TableSchema& table, const RowRequest& request) {
  const bool is_insert = request.entry.op == Op::insert;
  ++m_uses;
  if (is_insert && table.last_insert != nullptr && table.last_insert->matches(request)) [[likely]] {
    table.last_insert->last_used = m_uses;
    return table.last_insert;
  }
  write_signature(request);
  const auto found = m_plans.find(m_signature);
  std::variant<RowPlan*, Fault> answer =
      found != m_plans.end() ? &found->second->plan : make(table, request);
  if (RowPlan** plan = std::get_if<RowPlan*>(&answer)) {
    (*plan)->last_used = m_uses;
    if (is_insert) {
      table.last_insert = *plan;
    }
  }
  return answer;
}

// Unambiguous: each name has its length in front.
void PlanCache::write_signature(const RowRequest& request) {
  m_signature.clear();
  const auto add = [this](std::string_view name) {
    m_signature.append(std::to_string(name.size())).append(1, ':').append(name);
  };
  const JsonTape& tape = request.tape;
  m_signature += static_cast<char>('0' + static_cast<int>(request.entry.op));
  m_signature += request.has_origin ? '+' : '-';
  add(request.table.name);
  if (request.entry.key_fields != k_no_node) {
    std::uint32_t node = request.entry.key_fields + 1;
    for (std::uint32_t i = 0; i < tape.at(request.entry.key_fields).child_count; ++i) {
      add(tape.at(node).text);
      node = tape.next_sibling(node);
    }
  }
  m_signature += '|';
  std::uint32_t node = request.entry.data + 1;
  for (std::uint32_t i = 0; i < tape.at(request.entry.data).child_count; ++i) {
    add(tape.at(node).key);
    node = tape.next_sibling(node);
  }
}

std::variant<RowPlan*, Fault> PlanCache::make(TableSchema& table, const RowRequest& request) {
  std::variant<RowPlan, Fault> planned = plan_row(request);
  if (Fault* fault = std::get_if<Fault>(&planned)) {
    return std::move(*fault);
  }
  auto held = std::make_unique<Held>(std::move(std::get<RowPlan>(planned)), &table);
  std::variant<Statement, Fault> prepared = m_guard.prepare(held->plan.sql);
  if (Fault* fault = std::get_if<Fault>(&prepared)) {
    return std::move(*fault);
  }
  held->plan.statement = std::move(std::get<Statement>(prepared));
  held->plan.signature = m_signature;
  if (m_plans.size() >= m_capacity) {
    evict();
  }
  return &m_plans.emplace(m_signature, std::move(held)).first->second->plan;
}

void PlanCache::evict() {
  const auto oldest =
      std::min_element(m_plans.begin(), m_plans.end(), [](const auto& a, const auto& b) {
        return a.second->plan.last_used < b.second->plan.last_used;
      });
  if (oldest == m_plans.end()) {
    return;
  }
  if (oldest->second->table->last_insert == &oldest->second->plan) {
    oldest->second->table->last_insert = nullptr;
  }
  m_plans.erase(oldest);
}

void PlanCache::clear() {
  for (auto& [signature, held] : m_plans) {
    held->table->last_insert = nullptr;
  }
  m_plans.clear();
}

} // namespace menacedb
