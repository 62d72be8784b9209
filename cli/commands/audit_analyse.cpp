#include "cli/app.hpp"
#include "cli/audit_output.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/option_values.hpp"
#include "core/audit/audit_scan.hpp"
#include "core/audit/chain_verifier.hpp"
#include "core/audit/followed_log.hpp"
#include "core/audit/log_input.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/base/units.hpp"
#include "core/os/signals.hpp"
#include "core/os/watcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>
#include <span>

namespace menacedb {
namespace {

constexpr PositionalSpec k_positionals[] = {
    {.name = "FILE", .help = "an audit log, also packed, or - for standard input", .is_list = true},
};

constexpr OptionSpec k_options[] = {
    {.name = "--top", .argument = "N", .help = "at most so many writers (default 10; 0: all)"},
    {.name = "--since",
     .argument = "T",
     .help = "only entries from this time on, or of the last so long: 24h"},
    {.name = "--follow", .help = "go on as the files grow, and answer again at each change"},
    {.name = "--verify", .help = "check the hash chain; exit 1 names the first bad line"},
};

constexpr ExampleSpec k_examples[] = {
    {"menacedb audit-analyse audit.log", "who used which table, and how often"},
    {"menacedb audit-analyse --verify audit.log.1 audit.log",
     "whether a line was changed or removed"},
    {"menacedb audit-analyse audit.log.1.gz audit.log --since 24h --json", "the last day as JSON"},
};

constexpr std::uint64_t k_default_top = 10;
constexpr Duration k_between_answers = std::chrono::milliseconds(200);

[[nodiscard]] std::optional<Instant> since_of(App& app, const Arguments& arguments) {
  const std::optional<std::string> text = arguments.value("--since");
  if (!text) {
    return std::nullopt;
  }
  if (const std::optional<Duration> age = parse_duration(*text)) {
    return app.clock().now() - *age;
  }
  return parse_instant_option("--since", *text);
}

// Waits for changes beside any of the files.
class LogWatch {
public:
  explicit LogWatch(const std::vector<std::string>& paths) {
    std::set<std::string> directories;
    for (const std::string& path : paths) {
      directories.insert(parent_directory(path));
    }
    for (const std::string& directory : directories) {
      m_watchers.push_back(std::make_unique<Watcher>(directory));
    }
  }

  void wait(const StopFlag& stop) {
    const bool is_one = m_watchers.size() == 1;
    for (const std::unique_ptr<Watcher>& watcher : m_watchers) {
      if (stop.is_requested() || watcher->wait(is_one ? k_patience : k_turn, stop)) {
        return;
      }
    }
  }

private:
  // A log behind a symbolic link changes in another directory: look now and then.
  static constexpr Duration k_patience = std::chrono::seconds(1);
  static constexpr Duration k_turn = std::chrono::milliseconds(200);

  std::vector<std::unique_ptr<Watcher>> m_watchers;
};

// One run over all files.
class Analysis {
public:
  Analysis(App& app, const Arguments& arguments) : m_app(app), m_since(since_of(app, arguments)) {
    const std::optional<std::string> top = arguments.value("--top");
    m_answer.top = top ? parse_count_option("--top", *top) : k_default_top;
    m_answer.has_since = m_since.has_value();
    m_answer.verify = arguments.has("--verify");
  }

  int run(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      try {
        m_answer.verify ? verify(path) : read(path);
      } catch (const Error& error) {
        m_app.printer().error(error, m_app.wants_json(), exit_status(error.kind()));
        m_status = m_status == k_exit_done ? exit_status(error.kind()) : m_status;
      }
    }
    verify_generations(m_answer.verdicts);
    print_audit_answer(m_app, m_counts, m_answer);
    const bool is_ok = std::ranges::all_of(m_answer.verdicts, &ChainVerdict::is_ok);
    return m_status == k_exit_done && !is_ok ? k_exit_some_failed : m_status;
  }

  // Until a signal, or until the reader goes away.
  int follow(const std::vector<std::string>& paths) {
    const SignalGuard guard(m_app.stop());
    LogWatch watch(paths); // before the first look, or a change in between is missed
    std::vector<std::unique_ptr<FollowedLog>> logs;
    for (const std::string& path : paths) {
      logs.push_back(std::make_unique<FollowedLog>(path, m_counts, m_since));
    }
    std::optional<std::uint64_t> lines; // of the last answer
    while (!m_app.stop().is_requested() && !m_app.printer().is_broken()) {
      const std::uint64_t now = read_on(logs);
      if (lines != now) {
        print_again(lines.has_value());
        lines = now;
        m_app.clock().sleep(k_between_answers);
      } else {
        watch.wait(m_app.stop());
      }
    }
    return k_exit_done;
  }

private:
  // The lines read so far.
  std::uint64_t read_on(const std::vector<std::unique_ptr<FollowedLog>>& logs) {
    std::uint64_t lines = 0;
    m_answer.entries = m_answer.malformed = m_answer.skipped = 0;
    for (const std::unique_ptr<FollowedLog>& log : logs) {
      log->read_on();
      const AuditScanTotals& totals = log->totals();
      lines += totals.lines;
      m_answer.entries += totals.entries;
      m_answer.malformed += totals.malformed;
      m_answer.skipped += totals.skipped;
    }
    return lines;
  }

  void print_again(bool is_again) {
    if (is_again && !m_app.wants_json()) {
      m_app.printer().line("");
    }
    print_audit_answer(m_app, m_counts, m_answer);
    m_app.printer().flush();
  }

  // Counts, too: standard input can be read only once.
  void verify(const std::string& path) {
    ChainVerifier verifier;
    AuditScan scan(m_counts, m_since);
    LogInput input(path);
    while (const std::size_t count = input.read(scan.input().room())) {
      const std::span<char> room = verifier.input().room();
      std::memcpy(room.data(), scan.input().end(), count);
      verifier.input().filled(count);
      verifier.scan();
      scan.input().filled(count);
      scan.scan();
    }
    scan.finish();
    verifier.finish();
    m_answer.verdicts.push_back(verifier.verdict());
    m_answer.verdicts.back().path = path;
    add(path, scan.totals());
  }

  void read(const std::string& path) {
    AuditScan scan(m_counts, m_since);
    try {
      LogInput input(path);
      while (const std::size_t count = input.read(scan.input().room())) {
        scan.input().filled(count);
        scan.scan();
      }
      scan.finish();
    } catch (const Error&) {
      add(path, scan.totals()); // what could be read counts
      throw;
    }
    add(path, scan.totals());
  }

  void add(const std::string& path, const AuditScanTotals& totals) {
    m_answer.entries += totals.entries;
    m_answer.malformed += totals.malformed;
    m_answer.skipped += totals.skipped;
    if (totals.malformed > 0 && !m_app.is_quiet()) {
      note_malformed(m_app, path, totals);
    }
  }

  App& m_app;
  std::optional<Instant> m_since;
  AuditCounts m_counts;
  AuditAnswer m_answer;
  int m_status = k_exit_done;
};

void check_followable(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (path == "-") {
      throw Error(ErrorKind::usage, "usage", "cannot follow standard input")
          .with_hint("menacedb audit-analyse --follow FILE");
    }
    if (path.ends_with(".gz") || path.ends_with(".zst")) {
      throw Error(ErrorKind::usage, "usage",
                  fmt::format("cannot follow '{}': a packed file does not grow", path));
    }
  }
}

int run(App& app, const Arguments& arguments) {
  const std::vector<std::string> paths = arguments.values("FILE");
  if (!arguments.has("--follow")) {
    return Analysis(app, arguments).run(paths);
  }
  if (arguments.has("--verify")) {
    throw Error(ErrorKind::usage, "usage",
                "cannot use --verify with --follow: a chain is checked "
                "up to the end of a file");
  }
  check_followable(paths);
  return Analysis(app, arguments).follow(paths);
}

} // namespace

const CommandSpec k_audit_analyse_command = {
    .name = "audit-analyse",
    .other_spelling = "audit-analyze",
    .summary = "say who used which table, and how often, by an audit log",
    .usage = "FILE... [--top N] [--since T] [--follow] [--verify]",
    .positionals = k_positionals,
    .options = k_options,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
