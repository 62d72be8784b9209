#include "core/engine/care/verify.hpp"

#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_parts.hpp"
#include "cli/progress.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/signals.hpp"

#include <fmt/format.h>

#include <memory>

namespace menacedb {
namespace {

constexpr PositionalSpec k_positionals[] = {
    {.name = "DB",
     .help = "shared, local, sql or a path; none: all configured databases, and the spools",
     .is_required = false,
     .is_list = true},
};

constexpr OptionSpec k_options[] = {
    {.name = "--quick",
     .help = "leave out the indices, and the content of queue files and compressed backups"},
    {.name = "--queues", .help = "only the spools, against the ledger"},
    {.name = "--backups", .help = "also the backups, against the hashes in their manifests"},
};

constexpr ExampleSpec k_examples[] = {
    {"menacedb verify", "databases, ledger, segments and dead letters: exit 1 unless all is sound"},
    {"menacedb verify shared --quick --json", "one database, fast, for a monitor"},
    {"menacedb verify --backups", "the hashes of all backups, too"},
};

constexpr std::size_t k_told_violations = 10;

void print_json(App& app, const VerifyReport& report) {
  JsonWriter json;
  json.begin_object().member("schema", "menacedb.verify/1").member("ok", report.is_ok());
  json.key("checks").begin_array();
  for (const Check& check : report.checks) {
    json.begin_object().member("name", check.name).member("subject", json_name(check.subject));
    json.member("ok", check.is_ok).member("detail", json_name(check.detail));
    if (check.is_warning) {
      json.member("warning", true);
    }
    json.end_object();
  }
  json.end_array().key("violations").begin_array();
  for (const ForeignKeyViolation& violation : report.violations) {
    json.begin_object().member("database", json_name(violation.database));
    json.member("table", json_name(violation.table)).member("rowid", violation.rowid);
    json.member("parent", json_name(violation.parent)).end_object();
  }
  app.printer().line(json.end_array().end_object().text());
}

void print_text(App& app, const VerifyReport& report) {
  for (const Check& check : report.checks) {
    const std::string_view state = !check.is_ok ? "FAIL" : check.is_warning ? "warn" : "ok";
    app.printer().line(fmt::format("{:<4}  {:<14}  {}{}{}", state, check.name,
                                   printable(check.subject), check.detail.empty() ? "" : ": ",
                                   printable(check.detail)));
  }
  std::size_t told = 0;
  for (const ForeignKeyViolation& violation : report.violations) {
    if (++told > k_told_violations) {
      app.printer().line("        … (all of them with --json)");
      break;
    }
    app.printer().line(fmt::format("        row {} of '{}' has no parent in '{}'", violation.rowid,
                                   printable(violation.table), printable(violation.parent)));
  }
  app.printer().line(report.is_ok() ? "all is sound" : "something is wrong");
}

// Checks one thing after the other: the bar is that of the latest.
class Bars {
public:
  explicit Bars(App& app) : m_app(app) {}
  void update(const std::string& what, Bytes done, Bytes total) {
    if (!m_bar || what != m_what) {
      m_bar.reset(); // wiped away before the next is drawn
      m_bar = std::make_unique<Progress>(m_app.clock(), printable(what), total, !m_app.is_quiet());
      m_what = what;
    }
    m_bar->set_total(total);
    m_bar->update(done);
  }

private:
  App& m_app;
  std::string m_what;
  std::unique_ptr<Progress> m_bar;
};

int run(App& app, const Arguments& arguments) {
  const Context context = app.context();
  const SignalGuard signals(app.stop());
  const std::vector<std::string> words = arguments.values("DB");
  VerifyRequest request;
  request.checks_databases = !arguments.has("--queues");
  request.checks_queues = arguments.has("--queues") || words.empty();
  request.databases = databases_named(context.fs, context.settings, words);
  if (arguments.has("--backups")) {
    request.backups_of = words.empty() ? configured_databases(context.settings) : request.databases;
  }
  request.is_quick = arguments.has("--quick");
  VerifyReport report;
  try {
    Bars bars(app);
    request.progress = [&](const std::string& what, Bytes done, Bytes total) {
      bars.update(what, done, total);
    };
    report = verify(context, request);
  } catch (const Error&) {
    if (!app.stop().is_requested()) {
      throw;
    }
    app.printer().note("interrupted");
    return k_exit_signal_base + SignalGuard::caught();
  }
  if (app.wants_json()) {
    print_json(app, report);
  } else {
    print_text(app, report);
  }
  return report.is_ok() ? k_exit_done : k_exit_some_failed;
}

} // namespace

const CommandSpec k_verify_command = {
    .name = "verify",
    .summary = "Check databases, ledger, queues, dead letters and backups",
    .usage = "[DB...] [--quick] [--queues] [--backups]",
    .positionals = k_positionals,
    .options = k_options,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
