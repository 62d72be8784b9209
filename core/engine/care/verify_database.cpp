#include "core/engine/care/verify_database.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/db/sqlite_version.hpp"
#include "core/engine/database_options.hpp"
#include "core/engine/file_systems.hpp"
#include "core/engine/long_read.hpp"
#include "core/store/store_schema.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

constexpr int k_told_problems = 100; // as SQLite itself
constexpr std::size_t k_told_violations = 100;

class DatabaseVerifier {
public:
  DatabaseVerifier(const Context& context, const VerifyRequest& request, const std::string& path,
                   VerifyReport& report)
      : m_context(context), m_request(request), m_path(path), m_report(report) {}

  void run();

private:
  void add(std::string name, bool is_ok, std::string detail) {
    m_report.checks.push_back({std::move(name), m_path, is_ok, false, std::move(detail)});
  }
  void check_all(Database& database);
  void check_integrity(Database& database);
  void check_foreign_keys(Database& database);
  void check_schema(Database& database);
  // Runs a check whose failure is its answer.
  template <typename Work>
  void answer(const std::string& name, const Work& work);

  const Context& m_context;
  const VerifyRequest& m_request;
  const std::string& m_path;
  VerifyReport& m_report;
};

template <typename Work>
void DatabaseVerifier::answer(const std::string& name, const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    if (m_context.stop.is_requested()) {
      throw Error(ErrorKind::busy, "interrupted",
                  fmt::format("cannot verify '{}': interrupted", m_path));
    }
    if (error.kind() == ErrorKind::busy) { // says nothing about the file
      throw;
    }
    add(name, false, error.message());
  }
}

void DatabaseVerifier::check_integrity(Database& database) {
  Statement rows = database.prepare(fmt::format(
      "PRAGMA {}({})", m_request.is_quick ? "quick_check" : "integrity_check", k_told_problems));
  std::string problems;
  while (rows.step()) {
    for (const std::string& line : split_list(rows.text(0), '\n')) { // several in one row
      if (line != "ok" && !line.starts_with("***")) {                // a heading
        problems += (problems.empty() ? "" : "; ") + line;
      }
    }
  }
  add(m_request.is_quick ? "quick-check" : "integrity", problems.empty(), problems);
}

void DatabaseVerifier::check_foreign_keys(Database& database) {
  Statement rows = database.prepare("PRAGMA foreign_key_check");
  std::size_t count = 0;
  std::string first;
  while (rows.step()) {
    if (count++ < k_told_violations) {
      m_report.violations.push_back(
          {m_path, std::string(rows.text(0)), rows.integer(1), std::string(rows.text(2))});
    }
    if (first.empty()) {
      first = fmt::format("row {} of '{}' has no parent in '{}'",
                          rows.is_null(1) ? "?" : std::to_string(rows.integer(1)), rows.text(0),
                          rows.text(2));
    }
  }
  add("foreign-keys", count == 0,
      count == 0   ? ""
      : count == 1 ? first
                   : fmt::format("{} rows without a parent, the first: {}", count, first));
}

void DatabaseVerifier::check_schema(Database& database) {
  const int version = store_schema_version(database);
  if (version > newest_store_schema()) {
    add("schema", false,
        fmt::format("a newer menacedb made it: its schema 'store' has version {}, the newest one "
                    "known here is {}",
                    version, newest_store_schema()));
  } else {
    add("schema", true,
        version == 0 ? "no store of menacedb yet"
                     : fmt::format("version {} of the store", version));
  }
}

void DatabaseVerifier::check_all(Database& database) {
  const Bytes total =
      database.wal_size() + static_cast<Bytes>(database.query_integer("PRAGMA page_count") *
                                               database.query_integer("PRAGMA page_size"));
  const LongRead watch(database, m_context.stop, [&](Bytes done) {
    if (m_request.progress) {
      m_request.progress(m_path, done, total);
    }
  });
  const std::string integrity = m_request.is_quick ? "quick-check" : "integrity";
  answer(integrity, [&] { check_integrity(database); });
  answer("foreign-keys", [&] { check_foreign_keys(database); });
  answer("schema", [&] { check_schema(database); });
}

void DatabaseVerifier::run() {
  check_file_system(m_path, m_report);
  answer("open", [&] {
    DatabaseOptions options = reader_options(m_context.settings);
    if (!m_request.is_quick) { // looks every row up in every index
      options.cache_size = m_context.settings.bytes("databases.cache_size");
    }
    Database database(m_path, options, m_context.clock, m_context.stop);
    if (database.query_integer("PRAGMA page_count") == 0) {
      add("open", true, "an empty database");
    }
    check_all(database);
  });
}

} // namespace

Check check_sqlite_version() {
  const std::string version = sqlite_version();
  Check check{"sqlite-version", "SQLite " + version, true, false, ""};
  if (has_wal_reset_fault()) {
    check.detail = "before 3.51.3 a checkpoint that meets a commit can lose it; menacedb holds "
                   "SQLite's write lock while it checkpoints, so that none can meet";
  }
  return check;
}

void check_file_system(const std::string& path, VerifyReport& report) {
  if (const auto warning = file_system_warning(path)) {
    report.checks.push_back({"file-system", path, true, true, *warning});
  }
}

void verify_database(const Context& context, const VerifyRequest& request, const std::string& path,
                     VerifyReport& report) {
  DatabaseVerifier(context, request, path, report).run();
}

} // namespace menacedb
