#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/templates.hpp"
#include "cli/exit_code.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/engine/places.hpp"
#include "core/store/sqlite_store.hpp"

#include <fmt/format.h>

#include <array>

namespace menacedb {
namespace {

constexpr OptionSpec k_options[] = {
    {"--verify", "", "create nothing, check that all is there (exit status 1 when not)"},
    {"--reset", "", "first delete all entries of the spool of SQL writes, after a question"},
    {"--template", "NAME", "what the new menacedb.toml holds: minimal (default) or full"},
    {"--dry-run", "", "say what would be created and deleted"},
};

constexpr ExampleSpec k_examples[] = {
    {"menacedb init", "create what is missing in this directory"},
    {"menacedb init --template full", "with a configuration file that shows every setting"},
    {"menacedb init --verify && echo ready", "check only"},
};

constexpr std::array<std::string_view, 5> k_dir_spool_folders = {"pending", "processing",
                                                                 "completed", "failed", ".tmp"};

enum class Mode { create, verify, dry_run };

// Goes through the parts of an installation in their order: the configuration file first, since
// the settings say where the rest is.
class Installation {
public:
  Installation(App& app, Mode mode) : m_app(app), m_mode(mode) {}

  void config_file(std::string_view content) {
    const std::string& named = m_app.config_sources().config_file;
    const bool has_other = named.empty() && m_app.fs().stat("config/menacedb.toml").has_value();
    const std::string path = !named.empty() ? named
                             : has_other    ? "config/menacedb.toml"
                                            : "menacedb.toml";
    ensure(path, [&] {
      m_app.fs().make_directories(parent_directory(path));
      replace_file(m_app.fs(), path, content);
    });
  }

  void spools() {
    const Settings& settings = m_app.settings();
    const std::string& queue = queue_directory(settings);
    for (const std::string& path :
         {queue, join_path(queue, "sealed"), join_path(queue, "archive")}) {
      directory(path);
    }
    const std::string& spool = settings.text("dir_queue.dir");
    directory(spool);
    for (const std::string_view folder : k_dir_spool_folders) {
      directory(join_path(spool, folder));
    }
  }

  void databases() {
    const Settings& settings = m_app.settings();
    database(shared_database_path(settings));
    database(local_database_path(settings, settings.text("instance.id")));
  }

  // The files in the folders of the SQL spool.
  [[nodiscard]] std::vector<std::string> spool_entries() {
    std::vector<std::string> paths;
    const std::string& spool = m_app.settings().text("dir_queue.dir");
    for (const std::string_view folder : k_dir_spool_folders) {
      const std::string path = join_path(spool, folder);
      if (!is_directory(path)) {
        continue;
      }
      for (const DirEntry& entry : m_app.fs().list(path)) {
        if (entry.type == FileType::regular) {
          paths.push_back(join_path(path, entry.name));
        }
      }
    }
    return paths;
  }

  [[nodiscard]] const std::vector<std::string>& absent() const noexcept { return m_absent; }

private:
  template <typename Create>
  void ensure(const std::string& path, Create create) {
    if (!m_app.fs().stat(path)) {
      m_absent.push_back(path);
      if (m_mode == Mode::create) {
        make(create);
      }
    }
  }

  // Failing to create is its own exit status, whatever the reason but rights and space.
  template <typename Create>
  void make(Create create) {
    try {
      create();
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::io && error.code() != "disk-full") {
        throw Error(ErrorKind::cannot_create, error.code(), error.message())
            .with_hint(error.hint());
      }
      throw;
    }
  }

  void directory(const std::string& path) {
    ensure(path, [&] { m_app.fs().make_directories(path); });
    if (m_app.fs().stat(path) && !is_directory(path)) {
      throw Error(ErrorKind::cannot_create, "not-a-directory",
                  fmt::format("cannot create directory '{}': a file has this name", path));
    }
  }

  [[nodiscard]] bool is_directory(const std::string& path) {
    const std::optional<FileStat> found = m_app.fs().stat(path);
    return found && (found->type == FileType::directory || found->type == FileType::symlink);
  }

  // Opening the store makes the file and menacedb's tables where they are missing.
  void database(const std::string& path) {
    const auto open = [&] {
      SqliteStoreOptions options;
      options.path = path;
      const SqliteStore store(m_app.fs(), m_app.clock(), m_app.log(), m_app.stop(), options);
    };
    if (!m_app.fs().stat(path)) {
      ensure(path, open);
    } else if (m_mode == Mode::create) {
      open();
    }
  }

  App& m_app;
  Mode m_mode;
  std::vector<std::string> m_absent;
};

struct Result {
  std::vector<std::string> absent;  // created, or to be created, or missed
  std::vector<std::string> removed; // entries of the SQL spool
};

[[nodiscard]] std::string entries(std::size_t count) {
  return count == 1 ? std::string("1 entry") : fmt::format("{} entries", count);
}

void print_json(Printer& printer, const Result& result, Mode mode) {
  JsonWriter json;
  const auto list = [&](std::string_view name, const std::vector<std::string>& paths) {
    json.key(name).begin_array();
    for (const std::string& path : paths) {
      json.value(std::string_view(path));
    }
    json.end_array();
  };
  const bool is_check = mode == Mode::verify;
  json.begin_object().member("schema", "menacedb.init/1");
  json.member("ok", !is_check || result.absent.empty());
  list("created", is_check ? std::vector<std::string>{} : result.absent);
  list("missing", is_check ? result.absent : std::vector<std::string>{});
  list("removed", result.removed);
  if (mode == Mode::dry_run) {
    json.member("dry_run", true);
  }
  json.end_object();
  printer.line(json.text());
}

void print_text(Printer& printer, const Result& result, Mode mode) {
  const bool is_dry = mode == Mode::dry_run;
  if (!result.removed.empty()) {
    printer.line(
        fmt::format("{} {} entries", is_dry ? "would delete" : "deleted", result.removed.size()));
  }
  const std::string_view verb = mode == Mode::verify ? "missing"
                                : is_dry             ? "would create"
                                                     : "created";
  for (const std::string& path : result.absent) {
    printer.line(fmt::format("{} {}", verb, printable(path)));
  }
  if (result.absent.empty()) {
    printer.line("everything is in place");
  }
}

// False when the person says no.
bool reset(App& app, Installation& installation, Mode mode, Result& result) {
  result.removed = installation.spool_entries();
  if (mode != Mode::create || result.removed.empty()) {
    return true;
  }
  if (!app.confirm(fmt::format("Delete {} below '{}'?", entries(result.removed.size()),
                               app.settings().text("dir_queue.dir")))) {
    return false;
  }
  for (const std::string& path : result.removed) {
    app.fs().unlink(path);
  }
  return true;
}

Mode chosen_mode(const Arguments& arguments) {
  if (arguments.has("--verify")) {
    if (arguments.has("--reset")) {
      throw Error(ErrorKind::usage, "option-conflict", "cannot use --verify together with --reset");
    }
    return Mode::verify;
  }
  return arguments.has("--dry-run") ? Mode::dry_run : Mode::create;
}

std::string_view chosen_template(const Arguments& arguments) {
  const std::string name = arguments.value("--template").value_or("minimal");
  if (name != "minimal" && name != "full") {
    throw Error(
        ErrorKind::usage, "option-value",
        fmt::format("cannot use '{}' for --template: it is not minimal or full", printable(name)));
  }
  return name == "full" ? k_full_config : k_minimal_config;
}

int run(App& app, const Arguments& arguments) {
  const Mode mode = chosen_mode(arguments);
  const std::string_view config = chosen_template(arguments);
  Installation installation(app, mode);
  installation.config_file(config);
  Result result;
  if (arguments.has("--reset") && !reset(app, installation, mode, result)) {
    app.printer().note("nothing was deleted");
    return k_exit_done;
  }
  installation.spools();
  installation.databases();
  result.absent = installation.absent();
  if (app.wants_json()) {
    print_json(app.printer(), result, mode);
  } else {
    print_text(app.printer(), result, mode);
  }
  app.printer().flush(WhenBroken::fail);
  return mode == Mode::verify && !result.absent.empty() ? k_exit_some_failed : k_exit_done;
}

} // namespace

const CommandSpec k_init_command = {
    .name = "init",
    .summary = "create the configuration file, the spools and the databases where they are missing",
    .usage = "[--verify] [--reset] [--template minimal|full]",
    .options = k_options,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
