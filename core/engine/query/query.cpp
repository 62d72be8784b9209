#include "core/engine/query/query.hpp"

#include "core/base/text.hpp"
#include "core/db/checkpoint.hpp"
#include "core/db/transaction.hpp"
#include "core/db/writer_lock.hpp"
#include "core/engine/access_trail.hpp"
#include "core/engine/database_options.hpp"
#include "core/engine/places.hpp"
#include "core/engine/query/query_names.hpp"
#include "core/engine/retry_busy.hpp"
#include "core/os/process.hpp"
#include "core/store/sql_rules.hpp"
#include "core/store/sql_words.hpp"
#include "core/store/value_binder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

namespace menacedb {
namespace {

constexpr std::size_t k_schema_bytes = 16;

Error usage(std::string message) {
  return Error(ErrorKind::usage, "usage", std::move(message)).with_hint("menacedb query --help");
}

DatabaseOptions options_of(const Settings& settings, bool is_written) {
  DatabaseOptions options;
  options.read_only = !is_written;
  options.accepts_snapshot = true;
  options.busy_timeout = settings.duration("databases.busy_timeout");
  options.full_sync = is_written;
  return options;
}

// The shared and the local database; one, when they are the same file.
std::vector<QueryStore> stores_of(const Settings& settings) {
  std::vector<QueryStore> stores;
  const auto add = [&](std::string path, bool is_shared) {
    const std::string real_path = real_database_path(path);
    for (QueryStore& store : stores) {
      if (real_database_path(store.path) == real_path) {
        store.holds_shared = store.holds_local = true;
        return;
      }
    }
    std::error_code ignored;
    QueryStore store{std::move(path), random_hex(k_schema_bytes), is_shared, !is_shared, false};
    store.exists = std::filesystem::exists(real_path, ignored);
    stores.push_back(std::move(store));
  };
  add(shared_database_path(settings), true);
  add(local_database_path(settings, settings.text("instance.id")), false);
  return stores;
}

// The parameters of a request, parsed once and bound to each statement by their numbers.
class Parameters {
public:
  explicit Parameters(const std::vector<std::string>& texts) : m_texts(texts) {
    for (const std::string& text : texts) {
      const JsonTape::Parsed parsed = m_tape.parse(text, 0);
      m_roots.push_back(text.empty() || parsed.fault ? std::nullopt : std::optional(parsed.root));
    }
  }

  [[nodiscard]] int count() const noexcept { return static_cast<int>(m_texts.size()); }

  void bind(Statement& statement) {
    m_binder.forget();
    const int wanted = std::min(statement.parameter_count(), count());
    for (int i = 1; i <= wanted; ++i) {
      const auto at = static_cast<std::size_t>(i - 1);
      if (!m_roots[at]) {
        statement.bind(i, std::string_view(m_texts[at]));
      } else if (!m_binder.bind(statement, i, m_tape.at(*m_roots[at]))) {
        throw Error(ErrorKind::bad_input, "bad-value",
                    fmt::format("cannot bind parameter {}: {}", i,
                                m_binder.take_fault().code == "bad-blob"
                                    ? "its $blob is not base64"
                                    : "it is an integer beyond 64 bits"));
      }
    }
  }

private:
  const std::vector<std::string>& m_texts;
  JsonTape m_tape;
  std::vector<std::optional<std::uint32_t>> m_roots; // none: plain text
  ValueBinder m_binder;
};

// What a query writes to.
struct Target {
  std::string path;    // of the store; empty: nothing is written
  std::string guarded; // see QueryNames::Options
};

// The databases of a query, open, with the meaning of the names in them.
class Session {
public:
  Session(const Context& context, QueryRoutes& routes, const QueryRequest& request,
          const Target& target)
      : m_request(request),
        m_database(
            Database::in_memory(options_of(context.settings, true), context.clock, context.stop)),
        m_names(m_database, routes, attach_all(context.settings, request.scope, target)) {
    m_names.show(request.sql);
    m_database.end_statements_on_stop();
  }

  // From here on everything is judged; a transaction begins before and is committed after.
  void judge() {
    SqlRulesOptions options;
    options.writes = m_request.writes;
    options.reads_schema = false;
    options.table = [this](const TableUse& use) { return m_names.judge(use); };
    m_database.set_rule(SqlRules(std::move(options)));
  }
  void stop_judging() { m_database.set_rule({}); }

  [[nodiscard]] Database& database() noexcept { return m_database; }
  [[nodiscard]] const QueryNames& names() const noexcept { return m_names; }

  [[nodiscard]] std::optional<Statement> next(std::string_view& sql) {
    try {
      return m_database.prepare_first(sql);
    } catch (const Error& error) {
      throw m_names.explain(error);
    }
  }

private:
  QueryNames::Options attach_all(const Settings& settings, Scope scope, const Target& target) {
    QueryNames::Options options{scope, settings.text("instance.id"), stores_of(settings),
                                target.guarded, m_request.writes};
    bool is_first = true;
    for (const QueryStore& store : options.stores) {
      if (store.exists) {
        if (std::exchange(is_first, false)) {
          m_database.take_text_encoding(store.path);
        }
        DatabaseOptions database = options_of(settings, store.path == target.path);
        database.is_rehearsal = m_request.dry_run && !database.read_only;
        attach(store, database);
      }
    }
    return options;
  }

  void attach(const QueryStore& store, const DatabaseOptions& options) {
    try {
      m_database.attach(store.path, store.schema, options);
    } catch (Error& error) {
      throw error.code() == "wal-closed"
          ? std::move(error).with_hint(fmt::format("menacedb checkpoint {}", printable(store.path)))
          : std::move(error);
    }
  }

  const QueryRequest& m_request;
  Database m_database;
  QueryNames m_names;
};

// What was found out about a text by preparing it.
struct Plan {
  Target target;
  bool is_shared_write = false;
  std::vector<std::string> written_tables;
  std::set<TableAccess> accesses;
};

Plan plan(Session& session, const QueryRequest& request) {
  std::string_view rest = request.sql;
  int statements = 0;
  int results = 0;
  int parameters = 0;
  while (const std::optional<Statement> statement = session.next(rest)) {
    ++statements;
    results += statement->column_count() > 0 ? 1 : 0;
    parameters = std::max(parameters, statement->parameter_count());
  }
  if (statements == 0) {
    throw usage("cannot run a query without SQL");
  }
  if (results > 1) {
    throw usage(fmt::format("cannot run {} statements that give rows at once: one at most is "
                            "allowed",
                            results));
  }
  if (parameters != static_cast<int>(request.params.size())) {
    throw usage(
        fmt::format("cannot bind {} values to {} parameters", request.params.size(), parameters));
  }
  const std::set<std::string>& written = session.names().written_schemas();
  if (written.size() > 1) {
    throw Error(ErrorKind::bad_input, "two-stores",
                "cannot write to the shared and the local database at once: they cannot be "
                "committed together")
        .with_hint("write to each with a query of its own");
  }
  Plan plan;
  if (!written.empty()) {
    const QueryStore& store = *session.names().store(*written.begin());
    plan.target.path = store.path;
  }
  plan.accesses = session.names().accesses();
  for (const TableAccess& access : plan.accesses) {
    if (access.operation != "read") {
      plan.is_shared_write = plan.is_shared_write || access.placement == Placement::shared;
      if (plan.written_tables.empty() || plan.written_tables.back() != access.table) {
        plan.written_tables.push_back(access.table); // accesses are sorted by table
      }
    }
  }
  return plan;
}

// One access for each table; how many rows is known when one table was written to.
void note_accesses(const Context& context, const std::set<TableAccess>& accesses,
                   const QueryResult& result) {
  std::vector<Access> noted;
  for (const TableAccess& access : accesses) {
    noted.push_back({.menace_id = context.settings.text("instance.id"),
                     .table = access.table,
                     .operation = access.operation,
                     .placement = access.placement,
                     .rows = std::nullopt});
    if (access.operation != "read" && result.written_tables.size() == 1) {
      noted.back().rows = static_cast<std::uint64_t>(result.changes);
    }
  }
  AccessTrail(context).note(noted);
}

// All statements of the text, the rows of one of them to the sink; the rows they changed.
std::int64_t run_statements(Session& session, const QueryRequest& request, QuerySink& sink) {
  Parameters parameters(request.params);
  std::string_view rest = request.sql;
  std::int64_t changes = 0;
  while (std::optional<Statement> statement = session.next(rest)) {
    parameters.bind(*statement);
    const bool gives_rows = statement->column_count() > 0;
    if (gives_rows) {
      sink.begin(*statement);
    }
    while (statement->step()) {
      if (gives_rows && !sink.row(*statement) && statement->is_read_only()) {
        break;
      }
    }
    changes += statement->is_read_only() ? 0 : session.database().changes();
  }
  return changes;
}

// A WAL that grew over the limit goes back into the file, as after every write. The write is done
// whether this works or not, so nothing may look as if it had failed.
void checkpoint_if_large(const Context& context, const std::string& path) {
  try {
    Database guard(path, options_of(context.settings, true), context.clock, context.stop);
    if (guard.wal_size() > context.settings.bytes("databases.wal_limit")) {
      Database worker(path, options_of(context.settings, true), context.clock, context.stop);
      (void)checkpoint(guard, worker, CheckpointMode::passive);
    }
  } catch (const Error& error) {
    context.log.event(LogLevel::warning, "checkpoint-failed", {{"reason", error.message()}});
  }
}

// A commit that failed may have happened all the same: it is not a reason to write again.
void commit(Transaction& transaction) {
  try {
    transaction.commit();
  } catch (const Error& error) {
    throw error.is_retryable() ? Error(ErrorKind::io, "commit-unknown", error.message())
                                     .with_hint("look whether the rows were changed")
                               : error;
  }
}

std::int64_t write_once(const Context& context, QueryRoutes& routes, const QueryRequest& request,
                        const Target& target, QuerySink& sink) {
  const WriterLock lock(context.fs, context.clock, target.path, writer_patience(context.settings),
                        context.stop);
  std::int64_t changes = 0;
  {
    Session session(context, routes, request, target);
    Transaction transaction(session.database());
    session.judge();
    changes = run_statements(session, request, sink);
    session.stop_judging();
    if (request.dry_run) {
      transaction.rollback();
      return changes;
    }
    commit(transaction);
  }
  checkpoint_if_large(context, target.path);
  return changes;
}

// With a narrowed scope, a write must not change rows out of scope, nor read them: what cannot be
// shown to be safe is refused. The answer is the table to guard; empty when only the local database
// is written to, whose rows are all in scope.
std::string guarded_table(const QueryRequest& request, const std::set<TableAccess>& accesses) {
  std::set<std::string> shared;
  bool inserts = false;
  for (const TableAccess& access : accesses) {
    if (access.operation != "read" && access.placement == Placement::shared) {
      shared.insert(access.table);
      inserts = inserts || access.operation == "insert";
    }
  }
  if (request.scope == Scope::all || shared.empty()) {
    return {};
  }
  const std::string& table = *shared.begin();
  const auto refuse = [&](std::string_view reason) {
    return Error(ErrorKind::bad_input, "unsafe-scope",
                 fmt::format("cannot write to '{}' with a narrowed scope: {}", table, reason))
        .with_hint("use --scope all, with a condition on source_menace_id");
  };
  if (shared.size() > 1) {
    throw refuse(fmt::format("the statement changes '{}' as well", *std::next(shared.begin())));
  }
  if (inserts || count_sql_word(request.sql, "replace") > 0) {
    throw refuse("only UPDATE and DELETE know whose rows they change");
  }
  if (count_sql_word(request.sql, table) != 1) {
    throw refuse("the SQL names the table more than once");
  }
  return to_lower(table);
}

// Runs a request that reads, and plans one that writes.
Plan read_or_plan(const Context& context, QueryRoutes& routes, const QueryRequest& request,
                  QuerySink& sink) {
  // A narrowed write is planned with all names standing for the tables themselves.
  QueryRequest planned = request;
  planned.scope = request.writes ? Scope::all : request.scope;
  std::optional<Session> session;
  session.emplace(context, routes, planned, Target{});
  session->judge();
  Plan found = plan(*session, planned);
  if (found.target.path.empty()) {
    if (planned.scope != request.scope) {
      session.emplace(context, routes, request, Target{});
      session->judge();
    }
    routes.seal();
    note_accesses(context, found.accesses, {}); // first: the rows may never end
    run_statements(*session, request, sink);
  }
  return found;
}

} // namespace

QueryResult run_query(const Context& context, const QueryPolicy& policy,
                      const QueryRequest& request, QuerySink& sink) {
  QueryResult result;
  QueryRoutes routes(policy.router, policy.hooks, context.settings.text("instance.id"));
  Plan found = read_or_plan(context, routes, request, sink);
  if (!found.target.path.empty()) {
    routes.seal();
    found.target.guarded = guarded_table(request, found.accesses);
    result.is_write = true;
    result.is_shared_write = found.is_shared_write;
    result.written_tables = found.written_tables;
    retry_busy(context, [&] {
      try {
        result.changes = write_once(context, routes, request, found.target, sink);
      } catch (Error& error) {
        throw error.is_retryable()
            ? std::move(error).within(fmt::format("write to '{}'", found.target.path))
            : std::move(error);
      }
    });
    if (!request.dry_run) {
      note_accesses(context, found.accesses, result);
    }
  }
  return result;
}

} // namespace menacedb
