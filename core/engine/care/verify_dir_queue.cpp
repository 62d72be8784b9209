#include "core/engine/care/verify_dir_queue.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/engine/care/verify_database.hpp"
#include "core/engine/care/verify_findings.hpp"
#include "core/engine/database_options.hpp"
#include "core/queue/dir_name.hpp"
#include "core/queue/dir_spool.hpp"
#include "core/queue/stray.hpp"
#include "core/store/entry_ledger.hpp"
#include "core/store/store_schema.hpp"

#include <fmt/format.h>

#include <functional>
#include <optional>

namespace menacedb {
namespace {

class DirVerifier {
public:
  DirVerifier(const Context& context, const VerifyRequest& request, VerifyReport& report)
      : m_context(context),
        m_request(request),
        m_report(report),
        m_spool(context.fs, context.settings.text("dir_queue.dir")) {}

  void run();

private:
  void add(std::string name, const Findings& findings, std::string detail) {
    m_report.checks.push_back({std::move(name), m_spool.directory(), findings.is_empty(), false,
                               findings.is_empty() ? std::move(detail) : findings.text()});
  }
  // Each entry's file, by its path and its name.
  using Visitor = std::function<void(const std::string& path, std::string_view name)>;
  void visit(const std::string& folder, const Visitor& visit);
  void check_entries();
  void check_ledger();
  void compare(EntryLedger& ledger, const std::string& spool);
  void check_failed();
  [[nodiscard]] std::optional<std::string> fault_of(const std::string& path);

  const Context& m_context;
  const VerifyRequest& m_request;
  VerifyReport& m_report;
  DirSpool m_spool;
};

void DirVerifier::visit(const std::string& folder, const Visitor& visit) {
  if (!m_context.fs.stat(folder)) {
    return;
  }
  m_context.fs.visit(folder, [&](std::string_view name, FileType) {
    if (m_context.stop.is_requested()) {
      throw Error(ErrorKind::busy, "interrupted",
                  fmt::format("cannot verify '{}': interrupted", folder));
    }
    if (parse_dir_name(name)) {
      visit(join_path(folder, name), name);
    }
    return true;
  });
}

void DirVerifier::check_entries() {
  Findings findings;
  std::uint64_t waiting = 0;
  for (const std::string* const folder : {&m_spool.pending(), &m_spool.processing()}) {
    visit(*folder, [&](const std::string& path, std::string_view) {
      ++waiting;
      const auto stat = m_context.fs.stat(path); // gone: claimed or settled meanwhile
      if (const auto reason = stat ? why_stray(*stat) : std::nullopt) {
        findings.add(path, *reason);
      }
    });
  }
  add("dir-entries", findings, fmt::format("{} waiting", format_count(waiting)));
}

// An entry that waits though it is applied was put back by hand, or by a crash: a drain moves it
// away and does not apply it again.
void DirVerifier::compare(EntryLedger& ledger, const std::string& spool) {
  std::uint64_t applied = 0;
  visit(m_spool.pending(), [&](const std::string&, std::string_view name) {
    const auto known = ledger.find_sequence(spool, sequence_of(name));
    applied += known && known->is_applied ? 1 : 0;
  });
  const std::string detail =
      applied == 0 ? ""
                   : fmt::format("{} waiting entries are applied already; the next sync moves them",
                                 format_count(applied));
  m_report.checks.push_back({"dir-ledger", m_spool.directory(), true, applied > 0, detail});
}

void DirVerifier::check_ledger() {
  const std::string home = dir_home_path(m_context.settings);
  const std::optional<std::string> spool = m_spool.known_id();
  try {
    if (!spool || !m_context.fs.stat(real_database_path(home))) {
      m_report.checks.push_back(
          {"dir-ledger", m_spool.directory(), true, false, "nothing is decided yet"});
      return;
    }
    Database database(home, reader_options(m_context.settings), m_context.clock, m_context.stop);
    if (has_store_schema(database)) {
      EntryLedger ledger(database);
      compare(ledger, *spool);
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::busy) {
      throw;
    }
    m_report.checks.push_back({"dir-ledger", home, false, false, error.message()});
  }
}

std::optional<std::string> DirVerifier::fault_of(const std::string& path) {
  try {
    // A failed entry is what it was, and why.
    const Bytes limit = 2 * m_context.settings.bytes("queue.max_line");
    const std::string text = read_file(m_context.fs, path, limit);
    JsonTape tape;
    const JsonTape::Parsed parsed = tape.parse(trim(text), 1);
    const bool is_object = !parsed.fault && tape.at(parsed.root).type == JsonType::object;
    return is_object ? std::nullopt : std::optional<std::string>("is no JSON object");
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::busy) {
      throw;
    }
    return error.code() == "not-found" // replayed or purged meanwhile
               ? std::nullopt
               : std::optional(fmt::format("cannot be read: {}", error.message()));
  }
}

void DirVerifier::check_failed() {
  Findings findings;
  std::uint64_t count = 0;
  visit(m_spool.failed(), [&](const std::string& path, std::string_view) {
    ++count;
    const auto fault = m_request.is_quick ? std::nullopt : fault_of(path);
    if (fault) {
      findings.add(path, *fault);
    }
  });
  add("dir-failed", findings, fmt::format("{} in failed/", format_count(count)));
}

void DirVerifier::run() {
  if (!m_spool.exists()) {
    return;
  }
  check_file_system(m_spool.directory(), m_report);
  check_entries();
  check_ledger();
  check_failed();
}

} // namespace

void verify_dir_queue(const Context& context, const VerifyRequest& request, VerifyReport& report) {
  DirVerifier(context, request, report).run();
}

} // namespace menacedb
