#include "core/config/toml_settings.hpp"

#include "core/base/text.hpp"
#include "core/config/suggestions.hpp"
#include "core/config/toml_job_handlers.hpp"
#include "core/config/toml_problems.hpp"
#include "core/config/toml_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace menacedb {
namespace {

constexpr std::array<std::string_view, 6> k_table_keys{"alter",     "create",   "dedup",
                                                       "placement", "priority", "retention"};
constexpr std::array<std::string_view, 3> k_retention_keys{"column", "keep", "unit"};
constexpr std::array<std::string_view, 3> k_limit_keys{"age", "count", "size"};

// Whether a value of this kind may stand where the item expects its type. Durations and sizes may
// be bare numbers.
bool suits(const Item& item, TomlKind kind) {
  switch (item.type) {
  case ItemType::text:
  case ItemType::path:
  case ItemType::word:
    return kind == TomlKind::text;
  case ItemType::boolean:
    return kind == TomlKind::boolean;
  case ItemType::integer:
    return kind == TomlKind::integer;
  case ItemType::duration:
    return kind == TomlKind::text || kind == TomlKind::integer || kind == TomlKind::real;
  case ItemType::bytes:
    return kind == TomlKind::text || kind == TomlKind::integer;
  case ItemType::text_list:
    return kind == TomlKind::array;
  case ItemType::counts:
    return kind == TomlKind::table || kind == TomlKind::text;
  case ItemType::limits:
    return kind == TomlKind::table || kind == TomlKind::text || kind == TomlKind::integer ||
           kind == TomlKind::real;
  }
  return false;
}

class TomlSettings {
public:
  TomlSettings(std::string_view path, const std::vector<TomlKey>& keys, SettingsBuilder& builder)
      : m_keys(keys), m_builder(builder), m_problems(path, builder), m_path(path) {}

  void read(const TomlKey& key);

private:
  void read_section(const TomlKey& key);
  void read_item(const TomlKey& key, const Item& item);
  void read_list(const TomlKey& key, const Item& item);
  void read_counts(const TomlKey& key, const Item& item);
  void read_limits(const TomlKey& key, const Item& item);
  void read_table_key(const TomlKey& key);
  void read_placement(const TomlKey& key);
  void read_dedup(const TomlKey& key);
  void read_dedup_columns(const TomlKey& key);
  void read_growth(const TomlKey& key, bool TableSettings::*member);
  void read_priority(const TomlKey& key);
  void read_retention(const TomlKey& key);
  [[nodiscard]] bool read_retention_part(const TomlKey& part, RowRetention& retention);
  // False, and a problem, when this file has already put the table on the other side.
  [[nodiscard]] bool may_route(std::string_view table, Placement placement, const TomlKey& key,
                               const TomlValue& value);
  [[nodiscard]] TableSettings& table_of(const TomlKey& key);
  void note_origin(const TomlKey& key);

  [[nodiscard]] std::vector<const TomlKey*> children(const TomlKey& key) const;

  const std::vector<TomlKey>& m_keys;
  SettingsBuilder& m_builder;
  TomlProblems m_problems;
  std::string_view m_path;
  // The table that the last key spoke of: most keys speak of the one before them.
  std::string_view m_table_name;
  TableSettings* m_table = nullptr;
};

void TomlSettings::read(const TomlKey& key) {
  const std::string_view section = key.path[0];
  if (key.path.size() == 1) {
    read_section(key);
  } else if (section == "tables") {
    read_table_key(key);
  } else if (section == "jobs" && key.path[1] == "handlers") {
    read_job_handler_key(key, m_problems, m_builder);
  } else if (key.path.size() > 2) {
    return; // of a value, and read with it; or below what is unknown
  } else if (const Item* item = find_item(section, key.path[1])) {
    read_item(key, *item);
  } else if (is_section(section)) { // else it is reported once, for the section
    m_problems.report_unknown(key, suggest_item(TomlProblems::name_of(key)));
  }
}

void TomlSettings::read_section(const TomlKey& key) {
  const std::string_view name = key.path[0];
  const bool is_table = key.value.kind == TomlKind::table;
  if (!is_section(name) && name != "tables") {
    m_problems.report_unknown(key, is_table ? suggest_section(name) : suggest_item(name));
  } else if (!is_table) {
    m_problems.refuse_kind(key, key.value, "a table");
  }
}

void TomlSettings::read_item(const TomlKey& key, const Item& item) {
  if (!suits(item, key.value.kind)) {
    m_problems.refuse_kind(key, key.value, describe_type(item));
  } else if (item.type == ItemType::text_list) {
    read_list(key, item);
  } else if (item.type == ItemType::counts && key.value.kind == TomlKind::table) {
    read_counts(key, item);
  } else if (item.type == ItemType::limits && key.value.kind == TomlKind::table) {
    read_limits(key, item);
  } else {
    m_builder.set(item, key.value.text, "file", m_problems.place(key.value));
  }
}

void TomlSettings::read_list(const TomlKey& key, const Item& item) {
  std::vector<SettingsBuilder::PlacedTable> tables;
  tables.reserve(key.elements.size());
  const Placement placement = placement_from_word(key.path[1]);
  for (const TomlValue& element : key.elements) {
    if (element.kind != TomlKind::text) {
      m_problems.refuse_kind(key, element, "a string");
    } else if (may_route(element.text, placement, key, element)) {
      tables.push_back({element.text, element.line, element.column});
    }
  }
  m_builder.set_list(item, tables, "file", m_problems.place(key.value));
}

void TomlSettings::read_counts(const TomlKey& key, const Item& item) {
  std::vector<std::string> parts;
  for (const TomlKey* const child : children(key)) {
    if (child->value.kind != TomlKind::integer) {
      m_problems.refuse_kind(*child, child->value, "a whole number");
      return;
    }
    parts.push_back(fmt::format("{}={}", child->path.back(), child->value.text));
  }
  m_builder.set(item, fmt::format("{}", fmt::join(parts, ",")), "file",
                m_problems.place(key.value));
}

void TomlSettings::read_limits(const TomlKey& key, const Item& item) {
  std::vector<std::string> parts;
  for (const TomlKey* const child : children(key)) {
    const std::string_view name = child->path.back();
    const TomlKind kind = child->value.kind;
    if (std::ranges::find(k_limit_keys, name) == k_limit_keys.end()) {
      m_problems.report_unknown(*child, did_you_mean(nearest(name, k_limit_keys)));
      return;
    }
    const bool is_number = kind == TomlKind::integer || (kind == TomlKind::real && name == "age");
    if (!is_number && (kind != TomlKind::text || name == "count")) {
      m_problems.refuse_kind(*child, child->value,
                             name == "count" ? "a whole number"
                             : name == "age" ? "a duration such as '7d'"
                                             : "a size such as '1GiB'");
      return;
    }
    parts.push_back(fmt::format("{}={}", name, child->value.text));
  }
  m_builder.set(item, fmt::format("{}", fmt::join(parts, ",")), "file",
                m_problems.place(key.value));
}

// The keys of a table that is a value, in the order of the text.
std::vector<const TomlKey*> TomlSettings::children(const TomlKey& key) const {
  std::vector<const TomlKey*> found;
  for (const TomlKey& other : m_keys) {
    if (other.path.size() == key.path.size() + 1 &&
        std::equal(key.path.begin(), key.path.end(), other.path.begin())) {
      found.push_back(&other);
    }
  }
  return found;
}

void TomlSettings::read_table_key(const TomlKey& key) {
  if (key.path.size() == 2) {
    if (key.value.kind != TomlKind::table) {
      m_problems.refuse_kind(key, key.value, "a table");
    }
    return;
  }
  const std::string_view name = key.path[2];
  if (key.path.size() > 3) {
    return; // below a key whose kind was refused
  }
  if (name == "placement") {
    read_placement(key);
  } else if (name == "dedup") {
    read_dedup(key);
  } else if (name == "alter" || name == "create") {
    read_growth(key, name == "alter" ? &TableSettings::alters : &TableSettings::creates);
  } else if (name == "priority") {
    read_priority(key);
  } else if (name == "retention") {
    read_retention(key);
  } else {
    m_problems.report_unknown(key, did_you_mean(nearest(name, k_table_keys)));
  }
}

void TomlSettings::read_placement(const TomlKey& key) {
  const Placement placement = placement_from_word(key.value.text);
  if (placement == Placement::unknown || key.value.kind != TomlKind::text) {
    m_problems.refuse(key, key.value, "expected one of shared, local, deny");
  } else if (may_route(key.path[1], placement, key, key.value)) {
    m_builder.set_placement(key.path[1], placement, m_problems.place(key.value));
    note_origin(key);
  }
}

void TomlSettings::read_dedup(const TomlKey& key) {
  if (key.value.kind == TomlKind::array) {
    read_dedup_columns(key);
    return;
  }
  const std::string_view word = key.value.text;
  if (key.value.kind != TomlKind::text || (word != "auto" && word != "content" && word != "none")) {
    m_problems.refuse(key, key.value,
                      "expected 'auto', 'content', 'none' or an array of column names");
    return;
  }
  TableSettings& table = table_of(key);
  table.dedup.clear();
  if (word != "auto") {
    table.dedup.emplace_back(word);
  }
  table.dedup_is_columns = false;
  note_origin(key);
}

void TomlSettings::read_dedup_columns(const TomlKey& key) {
  std::vector<std::string> columns;
  for (const TomlValue& element : key.elements) {
    if (element.kind != TomlKind::text || element.text.empty()) {
      m_problems.refuse(key, element, "expected column names");
      return;
    }
    columns.emplace_back(element.text);
  }
  if (columns.empty()) {
    m_problems.refuse(key, key.value, "expected at least one column name");
    return;
  }
  TableSettings& table = table_of(key);
  table.dedup = std::move(columns);
  table.dedup_is_columns = true;
  note_origin(key);
}

void TomlSettings::read_growth(const TomlKey& key, bool TableSettings::*member) {
  if (key.value.kind != TomlKind::boolean) {
    m_problems.refuse_kind(key, key.value, "true or false");
    return;
  }
  table_of(key).*member = key.value.text == "true";
  note_origin(key);
}

void TomlSettings::read_priority(const TomlKey& key) {
  const std::string_view text = key.value.text;
  int priority = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), priority);
  if (key.value.kind != TomlKind::integer || error != std::errc{} || priority < 1 ||
      priority > 10) {
    m_problems.refuse(key, key.value, "expected a whole number from 1 (first) to 10 (last)");
    return;
  }
  table_of(key).priority = priority;
  note_origin(key);
}

void TomlSettings::read_retention(const TomlKey& key) {
  if (key.value.kind != TomlKind::table) {
    m_problems.refuse_kind(key, key.value,
                           "a table such as {column = \"created_at\", keep = \"90d\"}");
    return;
  }
  RowRetention retention;
  for (const TomlKey* const part : children(key)) {
    if (!read_retention_part(*part, retention)) {
      return;
    }
  }
  if (retention.column.empty() || retention.keep <= Duration::zero()) {
    m_problems.refuse(key, key.value, "expected a column and how long to keep its rows");
    return;
  }
  table_of(key).retention = std::move(retention);
  note_origin(key);
}

bool TomlSettings::read_retention_part(const TomlKey& part, RowRetention& retention) {
  const std::string_view name = part.path.back();
  const std::string_view text = part.value.text;
  const bool is_text = part.value.kind == TomlKind::text;
  if (name == "column" && is_text && !text.empty()) {
    retention.column = text;
  } else if (name == "keep" && is_text && parse_duration(text)) {
    retention.keep = *parse_duration(text);
  } else if (name == "unit" && is_text && (text == "s" || text == "ms" || text == "us")) {
    retention.unit = text == "s"    ? Duration(std::chrono::seconds(1))
                     : text == "ms" ? Duration(std::chrono::milliseconds(1))
                                    : Duration(1);
  } else if (name == "column" || name == "keep" || name == "unit") {
    m_problems.refuse(part, part.value,
                      name == "column" ? "expected the name of a column"
                      : name == "keep" ? "expected a duration such as '90d'"
                                       : "expected one of s, ms, us");
    return false;
  } else {
    m_problems.report_unknown(part, did_you_mean(nearest(name, k_retention_keys)));
    return false;
  }
  return true;
}

bool TomlSettings::may_route(std::string_view table, Placement placement, const TomlKey& key,
                             const TomlValue& value) {
  const TableLists& lists = m_builder.lists();
  auto at = lists.first(table);
  while (at && lists.all()[*at].source != m_path) {
    at = lists.next(*at);
  }
  if (!at) {
    return true;
  }
  const ListedTable& other = lists.all()[*at];
  if (other.placement == placement || other.placement == Placement::deny ||
      placement == Placement::deny) {
    return true;
  }
  m_problems.refuse(key, value,
                    fmt::format("table '{}' is {} by line {}", printable(table),
                                placement_word(other.placement), other.line));
  return false;
}

TableSettings& TomlSettings::table_of(const TomlKey& key) {
  if (m_table == nullptr || m_table_name != key.path[1]) {
    m_table_name = key.path[1];
    m_table = &m_builder.table(m_table_name);
  }
  return *m_table;
}

void TomlSettings::note_origin(const TomlKey& key) {
  table_of(key).origins.set(key.path[2], m_problems.place(key.value));
}

} // namespace

void read_toml_settings(std::string_view text, std::string_view path, SettingsBuilder& builder) {
  const TomlDocument document = parse_toml(text);
  if (document.fault) {
    builder.problem({path, document.fault->line, document.fault->column}, "",
                    document.fault->message);
    return;
  }
  builder.texts().keep(document.content);
  TomlSettings settings(path, document.keys, builder);
  for (const TomlKey& key : document.keys) {
    settings.read(key);
  }
}

} // namespace menacedb
