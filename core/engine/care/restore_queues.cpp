#include "core/engine/care/restore_queues.hpp"

#include "core/base/error.hpp"
#include "core/engine/care/dir_recovery.hpp"
#include "core/engine/make_hooks.hpp"
#include "core/engine/places.hpp"
#include "core/engine/row_rule.hpp"
#include "core/engine/sql_policy.hpp"
#include "core/engine/table_policy.hpp"
#include "core/queue/dir_queue.hpp"
#include "core/queue/jsonl_queue.hpp"
#include "core/store/ledger.hpp"
#include "core/store/store_past.hpp"
#include "core/store/store_schema.hpp"

#include <fmt/format.h>

#include <memory>
#include <numeric>

namespace menacedb {
namespace {

constexpr Bytes k_count_bytes = 64u << 20;

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// As a drain does whose database was named on the command line.
bool takes_any_table(const Settings& settings) {
  return settings.origin("databases.shared").kind == "flag";
}

// The home store that a backup is of, by the configuration: where it is going to lie, or when it is
// to lie elsewhere, what its manifest says. A copy without a manifest stands for the shared one.
std::optional<std::string> home_of(const Settings& settings, const RestoreQueuesOptions& options) {
  const std::string homes[] = {shared_database_path(settings), dir_home_path(settings)};
  for (const std::string& home : homes) {
    if (real_database_path(home) == options.real_path) {
      return home;
    }
  }
  const std::string source = options.backup.manifest ? options.backup.manifest->source : "";
  for (const std::string& home : homes) {
    if (source.empty() || file_name(source) == file_name(home)) {
      return home;
    }
  }
  return std::nullopt;
}

class QueueRestore {
public:
  QueueRestore(const Context& context, const Router& router, const RestoreQueuesOptions& options,
               std::string home)
      : m_context(context), m_router(router), m_options(options), m_home(std::move(home)) {}

  RestoredQueues run();

private:
  [[nodiscard]] bool takes_place() const {
    return real_database_path(m_home) == m_options.real_path;
  }
  [[nodiscard]] bool is_home_of_rows() const {
    return real_database_path(m_home) ==
           real_database_path(shared_database_path(m_context.settings));
  }
  [[nodiscard]] bool is_home_of_dir() const {
    return real_database_path(m_home) == real_database_path(dir_home_path(m_context.settings));
  }
  [[nodiscard]] bool has_ledger();
  [[nodiscard]] std::optional<Database> open_present();
  [[nodiscard]] SqliteStoreOptions copy_options() const;
  void restore_rows(SqliteStore& copy, const StorePast& past);
  void restore_dir(SqliteStore& copy, Database* present);

  Context m_context;
  const Router& m_router;
  const RestoreQueuesOptions& m_options;
  std::string m_home;
  RestoredQueues m_report;
};

bool QueueRestore::has_ledger() {
  Database content(m_options.content, {.read_only = true}, m_context.clock, m_context.stop);
  const int version = store_schema_version(content);
  if (version > newest_store_schema() && (takes_place() || m_options.replays_archive)) {
    throw Error(ErrorKind::config, "schema-newer",
                fmt::format("cannot restore '{}': a newer menacedb made it: its schema 'store' has "
                            "version {}, the newest one known here is {}",
                            m_options.backup.path, version, newest_store_schema()))
        .with_hint("update menacedb, or restore it --to another file");
  }
  return has_store_schema(content);
}

// The home store: the present content of the place, or beside a copy that is made elsewhere.
std::optional<Database> QueueRestore::open_present() {
  const bool is_readable = takes_place() ? m_options.state == PlaceState::sound
                                         : m_options.replays_archive && m_context.fs.stat(m_home);
  return is_readable ? std::optional(open_untouched(m_context, m_home)) : std::nullopt;
}

// The copy stands for the home store, wherever it lies.
SqliteStoreOptions QueueRestore::copy_options() const {
  const Settings& settings = m_context.settings;
  const std::string home = m_home;
  SqliteStoreOptions options = table_store_options(settings, m_options.content);
  options.sql_policy = [&settings, home] { return make_sql_policy(settings, home); };
  options.row_rule = row_rule(settings, home, is_home_of_rows() && takes_any_table(settings));
  return options;
}

void QueueRestore::restore_rows(SqliteStore& copy, const StorePast& past) {
  RecoveryOptions options;
  options.home = m_home;
  options.takes_any_table = takes_any_table(m_context.settings);
  options.until = m_options.until;
  options.on_progress = [this](Bytes done, Bytes total) {
    if (m_options.on_progress) {
      m_options.on_progress("replay", done, total);
    }
  };
  const std::vector<std::string> directories = m_context.settings.drain_queue_dirs();
  if (m_options.replays_archive) {
    const std::unique_ptr<Hooks> hooks = make_hooks(m_context);
    options.hooks = hooks.get();
    options.queue_directories = directories;
    m_report.recovery = ArchiveRecovery(m_context, past, options).run(m_router, copy);
  }
  for (const std::string& directory : directories) {
    RestoredQueues::Newer newer{directory};
    if (!m_options.replays_archive) {
      options.queue_directories = {directory};
      newer.archived = ArchiveRecovery(m_context, past, options).count(copy.ledger());
    }
    m_report.newer.push_back(std::move(newer));
  }
  succeed(copy, takes_place() ? past : StorePast());
  for (RestoredQueues::Newer& newer : m_report.newer) {
    if (!takes_place()) {
      break; // the queues go on into the home store
    }
    JsonlQueue queue(m_context.fs, m_context.clock, m_context.log, newer.queue, {});
    for (const QueueCount& count : queue.scan(copy.ledger(), k_count_bytes).queues) {
      newer.queued += count.pending;
    }
  }
}

void QueueRestore::restore_dir(SqliteStore& copy, Database* present) {
  DirRecoveryOptions options;
  options.directory = m_context.settings.text("dir_queue.dir");
  options.home = m_home;
  options.backup_at = m_options.backup.created_at;
  options.until = m_options.until;
  options.on_progress = [this](Bytes done, Bytes total) {
    if (m_options.on_progress) {
      m_options.on_progress("replay", done, total);
    }
  };
  const std::string directory = options.directory;
  DirRecovery recovery(m_context, present, copy, std::move(options));
  RestoredQueues::Newer newer{directory};
  if (m_options.replays_archive) {
    m_report.recovery = m_report.recovery ? std::move(m_report.recovery) : RecoveryReport();
    recovery.run(m_router, *m_report.recovery);
  } else {
    newer.archived = recovery.count();
  }
  DirQueue queue(m_context.fs, m_context.clock, m_context.log, directory, {});
  if (!queue.spool().exists()) {
    return;
  }
  if (takes_place()) {
    const std::uint64_t settled = recovery.adopt();
    const QueueCount count = queue.count_waiting(k_count_bytes);
    newer.queued = count.pending + count.processing;
    newer.queued -= std::min(newer.queued, settled);
  }
  m_report.newer.push_back(std::move(newer));
}

RestoredQueues QueueRestore::run() {
  const bool knows_queues = has_ledger();
  std::optional<Database> present = open_present();
  const StorePast past = present ? read_store_past(*present) : StorePast();
  m_report.knows_past = !takes_place() || m_options.state != PlaceState::broken;
  const bool has_queues = takes_place() && (knows_queues || past.is_known);
  if (!has_queues && !m_options.replays_archive) {
    return std::move(m_report);
  }
  if (!has_queues && !knows_queues) {
    throw Error(ErrorKind::bad_input, "no-ledger",
                fmt::format("cannot replay the archive into '{}': the backup holds no ledger of "
                            "the queues",
                            m_options.target));
  }
  {
    SqliteStore copy(m_context.fs, m_context.clock, m_context.log, m_context.stop, copy_options());
    if (is_home_of_rows()) {
      restore_rows(copy, past);
    } else {
      succeed(copy, takes_place() ? past : StorePast());
    }
    // Behind succeed(), which would take what is on its way elsewhere for delivered.
    if (is_home_of_dir()) {
      restore_dir(copy, present ? &*present : nullptr);
    }
    if (m_options.replays_archive) {
      m_context.fs.reached(Step::restore_replayed);
    }
  }
  Database content(m_options.content, {}, m_context.clock, m_context.stop);
  content.execute("PRAGMA journal_mode = DELETE", "prepare");
  return std::move(m_report);
}

} // namespace

std::uint64_t RestoredQueues::archived() const {
  return std::transform_reduce(newer.begin(), newer.end(), std::uint64_t{0}, std::plus<>(),
                               [](const Newer& queue) { return queue.archived; });
}

std::uint64_t RestoredQueues::queued() const {
  return std::transform_reduce(newer.begin(), newer.end(), std::uint64_t{0}, std::plus<>(),
                               [](const Newer& queue) { return queue.queued; });
}

RestoredQueues restore_queues(const Context& context, const Router& router,
                              const RestoreQueuesOptions& options) {
  std::optional<std::string> home = home_of(context.settings, options);
  if (!home) {
    if (options.replays_archive) {
      throw Error(ErrorKind::bad_input, "no-queues",
                  fmt::format("cannot replay the archive into '{}': no queue has its ledger in "
                              "'{}'",
                              options.target, options.backup.manifest->source));
    }
    return {};
  }
  return QueueRestore(context, router, options, *std::move(home)).run();
}

} // namespace menacedb
