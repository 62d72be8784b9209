#include "core/engine/cleanup/row_choice.hpp"

#include "core/engine/retention.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

// Microseconds since 1970; null when the time cannot be read.
std::string time_of(const RowSource& source) {
  return fmt::format("CASE typeof({0}) WHEN 'integer' THEN {0} * {1}.0 WHEN 'real' THEN {0} * {1} "
                     "WHEN 'text' THEN CASE WHEN {0} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-"
                     "[0-9][0-9]*' THEN unixepoch({0}) * 1000000.0 END END",
                     source.column, source.retention.unit.count());
}

void add_value(JsonWriter& json, const Statement& row, int column) {
  switch (row.type(column)) {
  case SqlType::integer:
    json.value(row.integer(column));
    break;
  case SqlType::real:
    json.value(row.real(column));
    break;
  case SqlType::text:
    json.value(row.text(column));
    break;
  case SqlType::null:
  case SqlType::blob: // JSON has no word for bytes
    json.null();
    break;
  }
}

class RowChooser {
public:
  RowChooser(const RowSource& source, Statement& rows) : m_source(source), m_rows(rows) {}

  // The item of the row at hand.
  [[nodiscard]] RetainedItem item() const {
    constexpr double k_farthest = 9e18; // years that no clock shows count as the end of time
    const double time = std::clamp(m_rows.real(m_source.key_columns + 1), -k_farthest, k_farthest);
    const Instant since(Duration(static_cast<std::int64_t>(time)));
    return {fmt::format("{}:{}", m_source.table, key()), since, 0, 0};
  }
  void add_facts(JsonWriter& json) const {
    json.member("table", std::string_view(m_source.table)).key("data").begin_object();
    for (int i = m_source.key_columns + 2; i < m_rows.column_count(); ++i) {
      json.key(m_rows.column_name(i));
      add_value(json, m_rows, i);
    }
    json.end_object();
  }

private:
  // As JSON: reading a number as text would change the type of the value at hand.
  [[nodiscard]] std::string key() const {
    JsonWriter json;
    json.begin_array();
    for (int i = 0; i < m_source.key_columns; ++i) {
      add_value(json, m_rows, i);
    }
    return json.end_array().take();
  }

  const RowSource& m_source;
  Statement& m_rows;
};

} // namespace

void bind_value(Statement& to, int index, const Statement& from, int column) {
  switch (from.type(column)) {
  case SqlType::integer:
    to.bind(index, from.integer(column));
    break;
  case SqlType::real:
    to.bind(index, from.real(column));
    break;
  case SqlType::text:
    to.bind(index, from.text(column));
    break;
  case SqlType::blob:
    to.bind_blob(index, from.blob(column));
    break;
  case SqlType::null:
    to.bind_null(index);
    break;
  }
}

void choose_rows(const Context& context, Database& database, const RowSource& source, Hooks& hooks,
                 const std::function<bool(const Statement&)>& lets_go) {
  Statement rows = database.prepare(fmt::format("SELECT {}, {}, {}, * FROM main.{}", source.key,
                                                source.column, time_of(source), source.name));
  const RowChooser chooser(source, rows);
  bool goes_on = true;
  Retention retention(
      {"row", {.age = source.retention.keep, .count = {}, .size = {}}, &hooks, context.clock.now()},
      [&](const RetainedItem&) { goes_on = lets_go(rows); });
  while (goes_on && !context.stop.is_requested() && rows.step()) {
    if (!rows.is_null(source.key_columns + 1)) {
      retention.offer(chooser.item(), [&](JsonWriter& json) { chooser.add_facts(json); });
    }
  }
}

} // namespace menacedb
