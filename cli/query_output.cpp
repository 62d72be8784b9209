#include "cli/query_output.hpp"

#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/db/statement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace menacedb {
namespace {

constexpr std::size_t k_write_size = 64 * 1024;
// A table is laid out by its first rows, at most so many and so long.
constexpr std::size_t k_layout_rows = 1000;
constexpr std::size_t k_layout_bytes = 1u << 20;
constexpr std::size_t k_column_gap = 2;
constexpr std::size_t k_narrowest_column = 8;
constexpr std::size_t k_shown_blob = 16; // bytes of a blob that a table shows

std::string hex_text(std::string_view bytes) {
  std::string text = "x'";
  for (const char byte : bytes) {
    fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned char>(byte));
  }
  return text += '\'';
}

void append_real(std::string& out, double value) {
  if (std::isfinite(value)) {
    append_json_real(out, value);
  } else {
    out += value > 0 ? "Inf" : "-Inf";
  }
}

void append_json_value(std::string& out, const Statement& statement, int column) {
  switch (statement.type(column)) {
  case SqlType::null:
    out += "null";
    return;
  case SqlType::integer:
    fmt::format_to(std::back_inserter(out), "{}", statement.integer(column));
    return;
  case SqlType::real: {
    const double value = statement.real(column);
    if (std::isfinite(value)) {
      append_json_real(out, value);
    } else {
      out += "null";
    }
    return;
  }
  case SqlType::text:
    append_json_string(out, statement.text(column));
    return;
  case SqlType::blob:
    fmt::format_to(std::back_inserter(out), R"({{"$blob":"{}"}})",
                   encode_base64(statement.blob(column)));
    return;
  }
}

class JsonOutput : public QueryOutput {
public:
  explicit JsonOutput(Printer& out) : QueryOutput(out) {}

private:
  void write_head(std::string& out, const std::vector<std::string>& columns) override {
    out += R"({"schema":"menacedb.query/1","columns":[)";
    for (std::size_t i = 0; i < columns.size(); ++i) {
      out += i == 0 ? "" : ",";
      append_json_string(out, columns[i]);
    }
    out += R"(],"rows":[)";
    m_is_first = true;
  }
  void write_row(std::string& out, const Statement& statement) override {
    out += m_is_first ? "[" : ",[";
    m_is_first = false;
    for (int i = 0; i < statement.column_count(); ++i) {
      if (i > 0) {
        out += ',';
      }
      append_json_value(out, statement, i);
    }
    out += ']';
  }
  void write_tail(std::string& out, const QueryResult& result, bool dry_run) override {
    if (!has_rows()) {
      write_head(out, {});
    }
    out += ']';
    if (result.is_write) {
      fmt::format_to(std::back_inserter(out), R"(,"changes":{})", result.changes);
    }
    out += dry_run ? ",\"dry_run\":true}\n" : "}\n";
  }

  bool m_is_first = true;
};

// One object a row, so equal names of columns are told apart: a, a_2, a_3.
class JsonLinesOutput : public QueryOutput {
public:
  explicit JsonLinesOutput(Printer& out) : QueryOutput(out) {}

private:
  void write_head(std::string&, const std::vector<std::string>& columns) override {
    std::set<std::string> taken(columns.begin(), columns.end());
    std::set<std::string> used;
    m_keys.clear();
    for (const std::string& column : columns) {
      std::string name = column;
      for (int n = 2; !used.insert(name).second || (name != column && taken.contains(name)); ++n) {
        name = fmt::format("{}_{}", column, n);
      }
      std::string key = m_keys.empty() ? "{" : ",";
      append_json_string(key, name);
      m_keys.push_back(key + ":");
    }
  }
  void write_row(std::string& out, const Statement& statement) override {
    for (std::size_t i = 0; i < m_keys.size(); ++i) {
      out += m_keys[i];
      append_json_value(out, statement, static_cast<int>(i));
    }
    out += "}\n";
  }
  void write_tail(std::string&, const QueryResult&, bool) override {}

  std::vector<std::string> m_keys;
};

class CsvOutput : public QueryOutput {
public:
  explicit CsvOutput(Printer& out) : QueryOutput(out) {}

private:
  // An empty text has quotes, so that it is not taken for NULL.
  static void append_field(std::string& out, std::string_view text) {
    if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
      out += text;
      return;
    }
    out += '"';
    for (const char c : text) {
      out.append(c == '"' ? 2 : 1, c);
    }
    out += '"';
  }
  void write_head(std::string& out, const std::vector<std::string>& columns) override {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      out += i == 0 ? "" : ",";
      append_field(out, columns[i]);
    }
    out += "\r\n";
  }
  void write_row(std::string& out, const Statement& statement) override {
    for (int i = 0; i < statement.column_count(); ++i) {
      if (i > 0) {
        out += ',';
      }
      append_value(out, statement, i);
    }
    out += "\r\n";
  }
  void write_tail(std::string&, const QueryResult&, bool) override {}

  static void append_value(std::string& out, const Statement& statement, int column) {
    switch (statement.type(column)) {
    case SqlType::null:
      return;
    case SqlType::integer:
      fmt::format_to(std::back_inserter(out), "{}", statement.integer(column));
      return;
    case SqlType::real:
      append_real(out, statement.real(column));
      return;
    case SqlType::text:
      append_field(out, statement.text(column));
      return;
    case SqlType::blob:
      out += hex_text(statement.blob(column));
      return;
    }
  }
};

class TableOutput : public QueryOutput {
public:
  explicit TableOutput(Printer& out) : QueryOutput(out) {}

private:
  struct Cell {
    std::string text;
    bool is_number = false;
    bool is_null = false;
  };
  using Row = std::vector<Cell>;

  static Cell cell_of(const Statement& statement, int column) {
    switch (statement.type(column)) {
    case SqlType::null:
      return {"NULL", false, true};
    case SqlType::integer:
      return {fmt::format("{}", statement.integer(column)), true, false};
    case SqlType::real: {
      Cell cell{"", true, false};
      append_real(cell.text, statement.real(column));
      return cell;
    }
    case SqlType::text:
      return {printable(statement.text(column)), false, false};
    case SqlType::blob: {
      const std::string_view bytes = statement.blob(column);
      std::string text = hex_text(bytes.substr(0, k_shown_blob));
      if (bytes.size() > k_shown_blob) {
        text += fmt::format("… ({} bytes)", bytes.size());
      }
      return {std::move(text), false, false};
    }
    }
    return {};
  }

  void write_head(std::string&, const std::vector<std::string>& columns) override {
    m_header.clear();
    for (const std::string& column : columns) {
      m_header.push_back({printable(column), false, false});
    }
    m_rows.clear();
    m_bytes = 0;
    m_is_laid_out = false;
  }

  void write_row(std::string& out, const Statement& statement) override {
    Row row;
    for (int i = 0; i < statement.column_count(); ++i) {
      m_bytes += row.emplace_back(cell_of(statement, i)).text.size();
    }
    if (m_is_laid_out) {
      append_line(out, row);
      return;
    }
    m_rows.push_back(std::move(row));
    if (m_rows.size() >= k_layout_rows || m_bytes >= k_layout_bytes) {
      lay_out(out);
    }
  }

  void write_tail(std::string& out, const QueryResult& result, bool dry_run) override {
    if (has_rows() && !m_is_laid_out) {
      lay_out(out);
    }
    if (result.is_write) {
      const std::string_view verb = dry_run ? "would change" : "changed";
      fmt::format_to(std::back_inserter(out), "{} {} {}\n", result.changes,
                     result.changes == 1 ? "row" : "rows", verb);
    }
  }

  void lay_out(std::string& out) {
    m_widths.assign(m_header.size(), 0);
    m_is_right.assign(m_header.size(), false);
    for (std::size_t i = 0; i < m_header.size(); ++i) {
      m_widths[i] = display_width(m_header[i].text);
      bool has_number = false;
      bool has_other = false;
      for (const Row& row : m_rows) {
        m_widths[i] = std::max(m_widths[i], display_width(row[i].text));
        has_number = has_number || row[i].is_number;
        has_other = has_other || !(row[i].is_number || row[i].is_null);
      }
      m_is_right[i] = has_number && !has_other;
    }
    m_is_elided = printer().is_terminal();
    if (m_is_elided) {
      fit(printer().columns());
    }
    m_is_laid_out = true;
    std::string header;
    append_line(header, m_header);
    header.pop_back();
    out += printer().bold(header) + "\n";
    for (const Row& row : m_rows) {
      append_line(out, row);
    }
    m_rows.clear();
  }

  // On a terminal the widest column gives way, again and again, until the table fits.
  void fit(std::size_t limit) {
    std::size_t total = k_column_gap * (std::max<std::size_t>(m_widths.size(), 1) - 1);
    for (const std::size_t width : m_widths) {
      total += width;
    }
    while (total > limit) {
      std::size_t& widest = *std::ranges::max_element(m_widths);
      if (widest <= k_narrowest_column) {
        return;
      }
      --widest;
      --total;
    }
  }

  void append_line(std::string& out, const Row& row) const {
    const std::size_t begin = out.size();
    for (std::size_t i = 0; i < row.size(); ++i) {
      out.append(i == 0 ? 0 : k_column_gap, ' ');
      const std::string text = m_is_elided ? elide(row[i].text, m_widths[i]) : row[i].text;
      const std::size_t taken = display_width(text);
      const std::string padding(m_widths[i] > taken ? m_widths[i] - taken : 0, ' ');
      out += m_is_right[i] ? padding + text : text + padding;
    }
    out.resize(std::max(begin, out.find_last_not_of(' ') + 1));
    out += '\n';
  }

  Row m_header;
  std::vector<Row> m_rows;
  std::size_t m_bytes = 0;
  std::vector<std::size_t> m_widths;
  std::vector<bool> m_is_right;
  bool m_is_laid_out = false;
  bool m_is_elided = false;
};

} // namespace

std::unique_ptr<QueryOutput> QueryOutput::make(QueryFormat format, Printer& printer) {
  switch (format) {
  case QueryFormat::table:
    return std::make_unique<TableOutput>(printer);
  case QueryFormat::json:
    return std::make_unique<JsonOutput>(printer);
  case QueryFormat::jsonl:
    return std::make_unique<JsonLinesOutput>(printer);
  case QueryFormat::csv:
    return std::make_unique<CsvOutput>(printer);
  }
  return nullptr;
}

void QueryOutput::begin(const Statement& statement) {
  m_text.clear();
  m_has_begun = true;
  std::vector<std::string> columns;
  for (int i = 0; i < statement.column_count(); ++i) {
    columns.emplace_back(statement.column_name(i));
  }
  write_head(m_text, columns);
}

bool QueryOutput::row(const Statement& statement) {
  write_row(m_text, statement);
  if (!m_is_held && m_text.size() >= k_write_size) {
    m_printer.out(m_text);
    m_printer.flush();
    m_text.clear();
  }
  return !m_printer.is_broken();
}

void QueryOutput::finish(const QueryResult& result, bool dry_run) {
  write_tail(m_text, result, dry_run);
  m_printer.out(m_text);
  m_text.clear();
}

} // namespace menacedb
