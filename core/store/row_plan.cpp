#include "core/store/row_plan.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

namespace menacedb {

namespace {

// One member of the data beside the column it sets.
struct Assignment {
  std::size_t member;
  std::size_t column;
  int parameter;
};

// The SQL of one request, piece by piece.
class Planner {
public:
  explicit Planner(const RowRequest& request) : m_request(request), m_table(request.table) {}

  std::variant<RowPlan, Fault> plan() {
    m_plan.has_origin = m_request.has_origin;
    assign();
    if (!m_fault) {
      build();
    }
    if (m_fault) {
      return std::move(*m_fault);
    }
    return std::move(m_plan);
  }

private:
  void refuse(std::string_view code, std::string message) {
    if (!m_fault) {
      m_fault = Fault{std::string(code), std::move(message)};
    }
  }

  void assign() {
    const JsonTape& tape = m_request.tape;
    const JsonValue& data = tape.at(m_request.entry.data);
    std::uint32_t node = m_request.entry.data + 1;
    for (std::uint32_t i = 0; i < data.child_count; ++i, node = tape.next_sibling(node)) {
      m_plan.members.emplace_back(tape.at(node).key);
      m_plan.parameters.push_back(0);
      assign_member(i, tape.at(node).key);
    }
  }

  void assign_member(std::size_t member, std::string_view key) {
    const auto column = m_table.find_column(key);
    if (!column || m_table.columns[*column].kind == Column::Kind::hidden) {
      return refuse("column-unknown",
                    fmt::format("table {} has no column named {}", m_table.name, key));
    }
    const bool is_only_matched = m_request.entry.op == Op::erase;
    if (m_table.columns[*column].kind == Column::Kind::generated && !is_only_matched) {
      return refuse("column-generated",
                    fmt::format("cannot {} generated column \"{}\"",
                                m_request.entry.op == Op::update ? "UPDATE" : "INSERT into",
                                m_table.columns[*column].name));
    }
    if (replaces_hash() && column == m_table.content_hash) {
      return; // ours, computed, goes there
    }
    m_plan.parameters[member] = next_parameter();
    m_assignments.push_back({member, *column, m_plan.parameters[member]});
  }

  [[nodiscard]] bool replaces_hash() const {
    return m_request.entry.op == Op::insert && m_table.fills_content_hash();
  }

  int next_parameter() { return ++m_parameter_count; }

  void build() {
    switch (m_request.entry.op) {
    case Op::insert:
      return build_insert();
    case Op::upsert:
      return build_upsert();
    case Op::update:
      return build_update();
    case Op::erase:
      return build_delete();
    }
  }

  void build_insert() {
    add_computed_columns();
    if (m_columns.empty()) {
      m_plan.sql = fmt::format("INSERT INTO {} DEFAULT VALUES", m_table.quoted);
      return;
    }
    if (m_table.dedup.kind == DedupKind::columns) {
      return build_insert_if_absent();
    }
    m_plan.sql = insert_values();
    if (m_table.fills_content_hash() && m_table.has_unique_content_hash) {
      m_plan.sql +=
          fmt::format(" ON CONFLICT({}) DO NOTHING", m_table.columns[*m_table.content_hash].quoted);
      // A trigger may have said RAISE(IGNORE), which looks the same.
      m_plan.when_unchanged =
          m_table.has_triggers ? RowPlan::WhenUnchanged::look : RowPlan::WhenUnchanged::duplicate;
    }
  }

  void build_insert_if_absent() {
    std::string condition;
    for (const std::string& name : m_table.dedup.columns) {
      const auto column = m_table.find_column(name);
      if (!column) {
        return refuse("column-unknown",
                      fmt::format("table {} has no column named {}, by which it is deduplicated",
                                  m_table.name, name));
      }
      condition += fmt::format("{}{} IS {}", condition.empty() ? "" : " AND ",
                               m_table.columns[*column].quoted, value_of(*column));
    }
    m_plan.sql = fmt::format("INSERT INTO {0}({1}) SELECT {2} WHERE NOT EXISTS("
                             "SELECT 1 FROM {0} WHERE {3})",
                             m_table.quoted, m_columns, m_values, condition);
    m_plan.when_unchanged = RowPlan::WhenUnchanged::duplicate;
  }

  // What the column of a new row will hold: the parameter, or the column's default.
  [[nodiscard]] std::string value_of(std::size_t column) const {
    const auto found =
        std::find_if(m_assignments.begin(), m_assignments.end(),
                     [&](const Assignment& assignment) { return assignment.column == column; });
    if (found != m_assignments.end()) {
      return fmt::format("?{}", found->parameter);
    }
    if (m_plan.origin_parameter != 0 && m_table.source_menace_id == column) {
      return fmt::format("?{}", m_plan.origin_parameter);
    }
    const std::string& text = m_table.columns[column].default_sql;
    return text.empty() ? "NULL" : fmt::format("({})", text);
  }

  void build_upsert() {
    const std::vector<Assignment> keys = key_assignments("upsert");
    if (m_fault) {
      return;
    }
    add_computed_columns();
    std::string target;
    for (const Assignment& key : keys) {
      target += fmt::format("{}{}", target.empty() ? "" : ", ", quoted(key));
    }
    std::string changes;
    for (const Assignment& assignment : m_assignments) {
      if (!is_among(keys, assignment)) {
        changes +=
            fmt::format("{0}{1} = excluded.{1}", changes.empty() ? "" : ", ", quoted(assignment));
      }
    }
    m_plan.sql = fmt::format("{} ON CONFLICT({}) DO {}", insert_values(), target,
                             changes.empty() ? "NOTHING" : "UPDATE SET " + changes);
  }

  void build_update() {
    const std::vector<Assignment> keys = key_assignments("update");
    if (m_fault) {
      return;
    }
    std::string changes;
    for (const Assignment& assignment : m_assignments) {
      if (!is_among(keys, assignment)) {
        changes += fmt::format("{}{} = ?{}", changes.empty() ? "" : ", ", quoted(assignment),
                               assignment.parameter);
      }
    }
    if (changes.empty()) {
      changes = fmt::format("{0} = {0}", quoted(keys.front())); // nothing but the key was given
    }
    const std::string condition = condition_of(keys);
    m_plan.sql = fmt::format("UPDATE {} SET {} WHERE {}", m_table.quoted, changes, condition);
    m_plan.find_sql = fmt::format("SELECT 1 FROM {} WHERE {} LIMIT 1", m_table.quoted, condition);
    for (const Assignment& key : keys) {
      m_plan.find_members.push_back(key.member);
    }
    m_plan.when_unchanged = RowPlan::WhenUnchanged::look;
  }

  void build_delete() {
    const std::vector<Assignment> keys = key_assignments("delete");
    if (m_fault) {
      return;
    }
    // Only the key counts; parameters without a place in the SQL could not be bound.
    std::fill(m_plan.parameters.begin(), m_plan.parameters.end(), 0);
    m_parameter_count = 0;
    std::vector<Assignment> numbered = keys;
    for (Assignment& key : numbered) {
      key.parameter = m_plan.parameters[key.member] = next_parameter();
    }
    m_plan.sql = fmt::format("DELETE FROM {} WHERE {}", m_table.quoted, condition_of(numbered));
  }

  // The columns of a new row, and those that the data does not name but we fill.
  void add_computed_columns() {
    for (const Assignment& assignment : m_assignments) {
      add_column(assignment.column, assignment.parameter);
    }
    if (replaces_hash()) {
      m_plan.hash_parameter = next_parameter();
      add_column(*m_table.content_hash, m_plan.hash_parameter);
    }
    const auto origin = m_table.source_menace_id;
    const bool is_given =
        std::any_of(m_assignments.begin(), m_assignments.end(),
                    [&](const Assignment& assignment) { return origin == assignment.column; });
    if (origin && !is_given && m_request.has_origin) {
      m_plan.origin_parameter = next_parameter();
      add_column(*origin, m_plan.origin_parameter);
    }
  }

  void add_column(std::size_t column, int parameter) {
    const std::string_view separator = m_columns.empty() ? "" : ", ";
    m_columns += fmt::format("{}{}", separator, m_table.columns[column].quoted);
    m_values += fmt::format("{}?{}", separator, parameter);
  }

  [[nodiscard]] std::string insert_values() const {
    return fmt::format("INSERT INTO {}({}) VALUES({})", m_table.quoted, m_columns, m_values);
  }

  // The entry's key fields, else the primary key; each must have a value in the data.
  std::vector<Assignment> key_assignments(std::string_view operation) {
    const std::vector<std::string> names = key_names();
    if (names.empty()) {
      refuse("missing-key", fmt::format("cannot {} a row of {}: it has no primary key, and the "
                                        "entry names no key fields",
                                        operation, m_table.name));
    }
    std::vector<Assignment> keys;
    for (const std::string& name : names) {
      const auto column = m_table.find_column(name);
      if (!column) {
        refuse("column-unknown",
               fmt::format("table {} has no column named {}", m_table.name, name));
        continue;
      }
      const auto found =
          std::find_if(m_assignments.begin(), m_assignments.end(),
                       [&](const Assignment& assignment) { return assignment.column == *column; });
      if (found == m_assignments.end()) {
        refuse("missing-key", fmt::format("cannot {} a row of {}: the data has no value for {}",
                                          operation, m_table.name, name));
        continue;
      }
      if (!is_among(keys, *found)) {
        keys.push_back(*found);
      }
    }
    return keys;
  }

  [[nodiscard]] std::vector<std::string> key_names() const {
    const std::uint32_t fields = m_request.entry.key_fields;
    if (fields == k_no_node || m_request.tape.at(fields).child_count == 0) {
      return m_table.primary_key;
    }
    std::vector<std::string> names;
    std::uint32_t node = fields + 1;
    for (std::uint32_t i = 0; i < m_request.tape.at(fields).child_count; ++i) {
      names.emplace_back(m_request.tape.at(node).text);
      node = m_request.tape.next_sibling(node);
    }
    return names;
  }

  // IS, not =, so that NULL finds NULL.
  [[nodiscard]] std::string condition_of(std::span<const Assignment> keys) const {
    std::string condition;
    for (const Assignment& key : keys) {
      condition +=
          fmt::format("{}{} IS ?{}", condition.empty() ? "" : " AND ", quoted(key), key.parameter);
    }
    return condition;
  }

  [[nodiscard]] const std::string& quoted(const Assignment& assignment) const {
    return m_table.columns[assignment.column].quoted;
  }

  [[nodiscard]] static bool is_among(std::span<const Assignment> keys,
                                     const Assignment& assignment) {
    return std::any_of(keys.begin(), keys.end(),
                       [&](const Assignment& key) { return key.column == assignment.column; });
  }

  const RowRequest& m_request;
  const TableSchema& m_table;
  RowPlan m_plan;
  std::optional<Fault> m_fault;
  std::vector<Assignment> m_assignments;
  int m_parameter_count = 0;
  std::string m_columns;
  std::string m_values;
};

} // namespace

bool RowPlan::matches(const RowRequest& request) const noexcept {
  const JsonTape& tape = request.tape;
  if (tape.at(request.entry.data).child_count != members.size() ||
      has_origin != request.has_origin) {
    return false;
  }
  std::uint32_t node = request.entry.data + 1;
  for (const std::string& member : members) {
    if (tape.at(node).key != member) {
      return false;
    }
    node = tape.next_sibling(node);
  }
  return true;
}

std::variant<RowPlan, Fault> plan_row(const RowRequest& request) {
  return Planner(request).plan();
}

} // namespace menacedb
