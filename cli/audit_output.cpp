#include "cli/audit_output.hpp"

#include "cli/app.hpp"
#include "core/audit/audit_report.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/base/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace menacedb {
namespace {

using Rows = std::vector<std::vector<std::string>>;

[[nodiscard]] Rows operation_rows(const AuditReport& report) {
  Rows rows;
  for (const AuditCount& row : report.operations) {
    rows.push_back({row.menace_id, row.table, row.operation, std::to_string(row.count)});
  }
  return rows;
}

[[nodiscard]] Rows table_rows(const AuditReport& report) {
  Rows rows;
  for (const AuditReport::TableCount& row : report.tables) {
    rows.push_back({row.menace_id, row.table, std::to_string(row.count)});
  }
  return rows;
}

void print_row(Printer& printer, const std::vector<std::string>& row) {
  std::string line;
  for (const std::string& cell : row) {
    line += printable(cell);
    line += '\t';
  }
  line.pop_back();
  printer.line(line);
}

void print_block(Printer& printer, const std::vector<std::string>& header, const Rows& rows) {
  if (printer.is_terminal()) {
    printer.table(header, rows);
  } else {
    print_row(printer, header);
    for (const std::vector<std::string>& row : rows) {
      print_row(printer, row);
    }
  }
  printer.line("");
}

void print_writers(Printer& printer, const AuditReport& report) {
  if (report.top_shared_writers.empty()) {
    printer.line("No shared table write activity detected");
    return;
  }
  printer.line(printer.bold("Top shared-table writers:"));
  std::size_t width = 0;
  for (const AuditReport::WriterCount& row : report.top_shared_writers) {
    width = std::max(width, display_width(printable(row.menace_id)));
  }
  for (const AuditReport::WriterCount& row : report.top_shared_writers) {
    const std::string id = printable(row.menace_id);
    const std::string gap =
        printer.is_terminal() ? std::string(width + 2 - display_width(id), ' ') : "\t";
    printer.line(fmt::format("{}{}{}", id, gap, row.count));
  }
}

void add_operations(JsonWriter& json, const AuditReport& report) {
  json.key("operations").begin_array();
  for (const AuditCount& row : report.operations) {
    json.begin_object().member("menace_id", std::string_view(row.menace_id));
    json.member("table", std::string_view(row.table));
    json.member("operation", std::string_view(row.operation));
    json.member("count", row.count).end_object();
  }
  json.end_array();
}

void add_tables(JsonWriter& json, const AuditReport& report) {
  json.key("tables").begin_array();
  for (const AuditReport::TableCount& row : report.tables) {
    json.begin_object().member("menace_id", std::string_view(row.menace_id));
    json.member("table", std::string_view(row.table)).member("count", row.count).end_object();
  }
  json.end_array();
}

void add_writers(JsonWriter& json, const AuditReport& report) {
  json.key("top_shared_writers").begin_array();
  for (const AuditReport::WriterCount& row : report.top_shared_writers) {
    json.begin_object().member("menace_id", std::string_view(row.menace_id));
    json.member("count", row.count).end_object();
  }
  json.end_array();
}

void add_verdicts(JsonWriter& json, const std::vector<ChainVerdict>& verdicts) {
  json.key("verified").begin_object();
  json.member("ok", std::ranges::all_of(verdicts, &ChainVerdict::is_ok));
  json.key("files").begin_array();
  for (const ChainVerdict& verdict : verdicts) {
    json.begin_object().member("path", std::string_view(verdict.path));
    json.member("lines", verdict.lines).member("ok", verdict.is_ok).key("first_bad_line");
    verdict.first_bad_line == 0 ? json.null() : json.value(verdict.first_bad_line);
    json.key("reason");
    verdict.is_ok ? json.null() : json.value(std::string_view(verdict.reason));
    json.end_object();
  }
  json.end_array().end_object();
}

// `path:line: reason`, as compilers write it, so that editors jump there.
void print_verdicts(Printer& printer, const std::vector<ChainVerdict>& verdicts) {
  for (const ChainVerdict& verdict : verdicts) {
    const std::string path = printable(verdict.path);
    if (verdict.is_ok) {
      printer.line(
          fmt::format("{}: ok, {} {}", path, verdict.lines, verdict.lines == 1 ? "line" : "lines"));
    } else if (verdict.first_bad_line == 0) {
      printer.line(fmt::format("{}: {}", path, printable(verdict.reason)));
    } else {
      printer.line(
          fmt::format("{}:{}: {}", path, verdict.first_bad_line, printable(verdict.reason)));
    }
  }
}

void print_json(App& app, const AuditReport& report, const AuditAnswer& answer) {
  JsonWriter json;
  json.begin_object().member("schema", "menacedb.audit-analyse/1");
  json.member("entries", answer.entries).member("malformed", answer.malformed);
  if (answer.has_since) {
    json.member("skipped", answer.skipped);
  }
  add_operations(json, report);
  add_tables(json, report);
  add_writers(json, report);
  if (answer.verify) {
    add_verdicts(json, answer.verdicts);
  }
  json.end_object();
  app.printer().line(json.text());
}

} // namespace

void print_audit_answer(App& app, const AuditCounts& counts, const AuditAnswer& answer) {
  const AuditReport report = make_audit_report(counts, answer.top);
  if (app.wants_json()) {
    print_json(app, report, answer);
    return;
  }
  Printer& printer = app.printer();
  if (answer.verify) {
    print_verdicts(printer, answer.verdicts);
    return;
  }
  print_block(printer, {"menace", "table", "op", "count"}, operation_rows(report));
  print_block(printer, {"menace", "table", "count"}, table_rows(report));
  print_writers(printer, report);
}

void note_malformed(App& app, const std::string& path, const AuditScanTotals& totals) {
  app.printer().note(
      fmt::format("menacedb: note: passed over {} malformed {} of '{}', first line {}",
                  format_count(totals.malformed), totals.malformed == 1 ? "line" : "lines",
                  printable(path == "-" ? "standard input" : path), totals.first_malformed));
}

} // namespace menacedb
