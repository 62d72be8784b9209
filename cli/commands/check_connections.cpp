#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "core/base/error.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/base/units.hpp"
#include "core/engine/clients/connection_check.hpp"
#include "core/os/child_output.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

constexpr PositionalSpec k_positionals[] = {
    {.name = "FILE",
     .help = "source files to look at (default: those that git knows here)",
     .is_required = false,
     .is_list = true},
};

constexpr OptionSpec k_options[] = {
    {.name = "--allow",
     .argument = "FILE",
     .help = "who may connect directly, with reasons (default: .menacedb-allow)"},
};

constexpr ExampleSpec k_examples[] = {
    {"menacedb check-connections", "all files of the repository"},
    {"menacedb check-connections --json tools/*.py", "some files, as JSON"},
};

constexpr const char* k_default_allow_list = ".menacedb-allow";
constexpr Bytes k_largest_allow_list = 1u << 20;

[[nodiscard]] AllowList read_allow_list(Fs& fs, const Arguments& arguments) {
  const std::optional<std::string> asked = arguments.value("--allow");
  const std::string path = asked.value_or(k_default_allow_list);
  if (!asked && !fs.stat(path)) {
    return {};
  }
  try {
    return AllowList(read_file(fs, path, k_largest_allow_list), path);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::config) {
      throw;
    }
    throw Error(ErrorKind::config, error.code(), error.message());
  }
}

[[nodiscard]] std::vector<std::string> files_of_git() {
  const ChildOutput git = run_child({"git", "ls-files", "-z"});
  if (git.exit_status != 0) {
    const std::string reason = git.exit_status == 127
                                   ? "git is not installed"
                                   : std::string(trim(git.err.substr(0, git.err.find('\n'))));
    throw Error(ErrorKind::usage, "no-repository",
                fmt::format("cannot list the files of the repository: {}", reason))
        .with_hint("name the files: menacedb check-connections FILE...");
  }
  std::vector<std::string> files;
  for (std::size_t begin = 0; begin < git.out.size();) {
    const std::size_t end = std::min(git.out.find('\0', begin), git.out.size());
    files.push_back(git.out.substr(begin, end - begin));
    begin = end + 1;
  }
  return files;
}

void print_json(App& app, const ConnectionCheck& check) {
  JsonWriter json;
  json.begin_object().member("schema", "menacedb.check-connections/1").key("findings");
  json.begin_array();
  for (const ConnectionCheck::Finding& finding : check.findings()) {
    json.begin_object().member("path", std::string_view(finding.path));
    json.member("line", finding.line).member("column", finding.column);
    json.member("text", std::string_view(finding.text));
    json.member("pattern", std::string_view(finding.pattern)).end_object();
  }
  json.end_array().member("allowed", check.allowed()).member("files", check.files());
  json.end_object();
  app.printer().line(json.text());
}

void print(App& app, const ConnectionCheck& check) {
  if (app.wants_json()) {
    print_json(app, check);
  } else {
    for (const ConnectionCheck::Finding& finding : check.findings()) {
      app.printer().line(
          fmt::format("{}:{}:{}", printable(finding.path), finding.line, printable(finding.text)));
    }
  }
  app.printer().flush(); // in front of the summary
}

// An entry is stale when it allows nothing in a file that was looked at, or, after all files of the
// repository, when it allows nothing at all.
void note_stale_entries(App& app, const AllowList& list, bool has_seen_all) {
  for (const AllowList::Entry& entry : list.entries()) {
    if (!entry.is_used && (entry.was_seen || has_seen_all)) {
      app.printer().note(fmt::format("menacedb: note: line {} of the allow-list is not needed: {}",
                                     entry.line, printable(entry.pattern)));
    }
  }
}

void note_summary(App& app, const ConnectionCheck& check) {
  for (const std::string& path : check.skipped()) {
    app.printer().note(
        fmt::format("menacedb: note: passed over '{}': it is too large", printable(path)));
  }
  if (!check.findings().empty()) {
    app.printer().note(fmt::format(
        "menacedb: note: {} direct {} in {} {}, {} allowed\n"
        "hint: connect through the router, or add a comment 'menacedb: allow REASON' to the line",
        format_count(check.findings().size()),
        check.findings().size() == 1 ? "connection" : "connections", format_count(check.files()),
        check.files() == 1 ? "file" : "files", format_count(check.allowed())));
  }
}

int run(App& app, const Arguments& arguments) {
  ConnectionCheck check(app.fs(), read_allow_list(app.fs(), arguments));
  const std::vector<std::string> named = arguments.values("FILE");
  int status = k_exit_done;
  for (const std::string& path : named.empty() ? files_of_git() : named) {
    try {
      named.empty() ? check.check_listed(path) : check.check(path);
    } catch (const Error& error) {
      app.printer().error(error, app.wants_json(), exit_status(error.kind()));
      status = status == k_exit_done ? exit_status(error.kind()) : status;
    }
  }
  print(app, check);
  if (!app.is_quiet()) {
    note_stale_entries(app, check.allow_list(), named.empty());
    note_summary(app, check);
  }
  return check.findings().empty() ? status : k_exit_some_failed;
}

} // namespace

const CommandSpec k_check_connections_command = {
    .name = "check-connections",
    .summary = "find code that opens databases itself instead of asking the router",
    .usage = "[FILE...] [--allow FILE]",
    .positionals = k_positionals,
    .options = k_options,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
