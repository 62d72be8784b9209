#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_parts.hpp"
#include "cli/progress.hpp"
#include "core/base/text.hpp"
#include "core/engine/care/database_stats.hpp"
#include "core/engine/places.hpp"
#include "core/os/signals.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

constexpr PositionalSpec k_positionals[] = {
    {.name = "DB",
     .help = "shared, local, sql or a path; none: all configured databases",
     .is_required = false,
     .is_list = true},
};

constexpr OptionSpec k_options[] = {
    {.name = "--exact", .help = "count all rows, however long it takes; read all pages"},
    {.name = "--all", .help = "menacedb's own tables, too"},
};

constexpr ExampleSpec k_examples[] = {
    {"menacedb stats", "schema version, tables, size and row counts of the configured databases"},
    {"menacedb stats shared --exact --json", "counted to the last row, for a program"},
};

void add_row_counts(JsonWriter& json, const DatabaseStats& stats) {
  json.key("row_counts").begin_object();
  for (const DatabaseStats::Table& table : stats.tables) {
    json.key(json_name(table.name));
    if (table.rows) {
      json.value(*table.rows);
    } else {
      json.null();
    }
  }
  json.end_object().key("approximate").begin_array();
  for (const DatabaseStats::Table& table : stats.tables) {
    if (table.is_approximate) {
      json.value(json_name(table.name));
    }
  }
  json.end_array();
}

void add_pages(JsonWriter& json, const DatabaseStats& stats) {
  json.key("pages").begin_object();
  for (const DatabaseStats::Table& table : stats.tables) {
    if (table.pages) {
      json.key(json_name(table.name)).begin_object().member("table_pages", table.pages->table);
      json.member("index_pages", table.pages->indices);
      json.member("unused_bytes", table.pages->unused).end_object();
    }
  }
  json.end_object();
}

void add_database(JsonWriter& json, const DatabaseStats& stats) {
  json.begin_object().member("path", json_name(stats.path));
  json.member("schema_version", stats.schema_version);
  json.member("tables", static_cast<std::uint64_t>(stats.tables.size()));
  json.member("indices", stats.indices);
  json.member("size_bytes", stats.size).member("wal_bytes", stats.wal_size);
  json.member("page_size", stats.page_size).member("freelist_pages", stats.freelist_pages);
  add_row_counts(json, stats);
  add_pages(json, stats);
  json.end_object();
}

std::string rows_text(const DatabaseStats::Table& table) {
  if (!table.rows) {
    return "not counted";
  }
  return (table.is_approximate ? "about " : "") + format_count(*table.rows);
}

std::string megabytes(Bytes size) {
  return fmt::format("{:.2f} MB", static_cast<double>(size) / (1 << 20));
}

void print_details(Printer& printer, const DatabaseStats& stats) {
  printer.line(fmt::format("  WAL size: {}", megabytes(stats.wal_size)));
  printer.line(fmt::format("  Page size: {}", stats.page_size));
  printer.line(fmt::format("  Free pages: {}", format_count(stats.freelist_pages)));
}

void print_pages(Printer& printer, const DatabaseStats& stats) {
  printer.line("");
  printer.line("  Pages:");
  for (const DatabaseStats::Table& table : stats.tables) {
    if (table.pages) {
      printer.line(fmt::format("    {}: {}, indices {}, unused {}", printable(table.name),
                               format_count(table.pages->table), format_count(table.pages->indices),
                               format_bytes(table.pages->unused)));
    }
  }
}

// In the layout of the tool that came before; scripts read it.
void print_text(Printer& printer, const DatabaseStats& stats, bool is_verbose) {
  printer.line("Database Statistics:");
  printer.line(fmt::format("  Schema version: {}", stats.schema_version));
  printer.line(fmt::format("  Tables: {}", stats.tables.size()));
  printer.line(fmt::format("  Indices: {}", stats.indices));
  printer.line(fmt::format("  Database size: {}", megabytes(stats.size)));
  if (is_verbose) {
    print_details(printer, stats);
  }
  printer.line("");
  printer.line("  Row counts:");
  for (const DatabaseStats::Table& table : stats.tables) {
    printer.line(fmt::format("    {}: {}", printable(table.name), rows_text(table)));
  }
  if (is_verbose) {
    print_pages(printer, stats);
  }
}

void print(App& app, const std::vector<DatabaseStats>& all, bool is_verbose) {
  if (app.wants_json()) {
    JsonWriter json;
    json.begin_object().member("schema", "menacedb.stats/1").key("databases").begin_array();
    for (const DatabaseStats& stats : all) {
      add_database(json, stats);
    }
    app.printer().line(json.end_array().end_object().text());
    return;
  }
  for (const DatabaseStats& stats : all) {
    if (all.size() > 1) {
      app.printer().line(fmt::format("{}{}", &stats == all.data() ? "" : "\n",
                                     app.printer().bold(printable(stats.path))));
    }
    print_text(app.printer(), stats, is_verbose);
  }
}

int run(App& app, const Arguments& arguments) {
  const Context context = app.context();
  const SignalGuard signals(app.stop());
  StatsRequest request;
  request.is_exact = arguments.has("--exact");
  request.includes_own = arguments.has("--all");
  request.wants_pages = request.is_exact || arguments.has("--verbose");
  std::vector<DatabaseStats> all;
  for (const NamedDatabase& database :
       databases_named(context.fs, context.settings, arguments.values("DB"))) {
    Progress progress(app.clock(), "bytes read of " + printable(database.path), 0, !app.is_quiet());
    request.progress = [&](Bytes done) { progress.update(done); };
    all.push_back(read_database_stats(context, database.path, request));
  }
  print(app, all, arguments.has("--verbose"));
  return k_exit_done;
}

} // namespace

const CommandSpec k_stats_command = {
    .name = "stats",
    .summary = "Show the size and the row counts of databases",
    .usage = "[DB...] [--exact] [--all]",
    .positionals = k_positionals,
    .options = k_options,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
