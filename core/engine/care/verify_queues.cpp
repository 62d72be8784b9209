#include "core/engine/care/verify_queues.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/engine/care/verify_database.hpp"
#include "core/engine/care/verify_findings.hpp"
#include "core/engine/database_options.hpp"
#include "core/queue/dead_letters.hpp"
#include "core/queue/seal.hpp"
#include "core/queue/segment_reader.hpp"
#include "core/queue/spool.hpp"
#include "core/queue/stray.hpp"
#include "core/store/ledger.hpp"
#include "core/store/store_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace menacedb {
namespace {

constexpr std::size_t k_chunk = 256u << 10;

enum class Where { active, sealed, archive };

class SpoolVerifier {
public:
  SpoolVerifier(const Context& context, const VerifyRequest& request, Ledger* ledger,
                const std::string& directory, VerifyReport& report)
      : m_context(context),
        m_request(request),
        m_ledger(ledger),
        m_spool(context.fs, context.clock, directory),
        m_report(report) {}

  void run();

private:
  void add(std::string name, bool is_ok, std::string detail) {
    m_report.checks.push_back(
        {std::move(name), m_spool.directory(), is_ok, false, std::move(detail)});
  }
  void look_at_active();
  void look_at_directory(const std::string& directory, Where where);
  void look_at(const std::string& path, std::optional<SegmentId> segment, Where where);
  void compare(const std::string& path, const SegmentId& segment, const Fd& file, Where where);
  [[nodiscard]] bool digest_matches(const Fd& file, const Position& position);
  void read_through(const std::string& path, const Fd& file);
  void look_for_lost();
  void read_dead_letters();

  const Context& m_context;
  const VerifyRequest& m_request;
  Ledger* m_ledger; // none: there is no store yet
  Spool m_spool;
  VerifyReport& m_report;
  std::set<SegmentId> m_present;
  std::uint64_t m_files = 0;
  Findings m_unreadable;
  Findings m_gaps;
};

bool SpoolVerifier::digest_matches(const Fd& file, const Position& position) {
  std::string bytes(std::min(position.offset, k_digest_span), '\0');
  bytes.resize(
      m_context.fs.read_at(file, bytes.data(), bytes.size(), position.offset - bytes.size()));
  return digest_before(bytes) == position.digest;
}

// The ledger first, then the file: it names only bytes that are there, and files only grow.
void SpoolVerifier::compare(const std::string& path, const SegmentId& segment, const Fd& file,
                            Where where) {
  const Position position = m_ledger->position(segment);
  if (position.is_settled) {
    if (where == Where::sealed && m_context.fs.stat(path)) { // else: archived meanwhile
      m_gaps.add(path, "is settled, but not in the archive yet");
    }
    return;
  }
  const Bytes size = m_context.fs.stat(file).size;
  if (position.offset > size) {
    m_gaps.add(path, fmt::format("has {} bytes, but {} are decided", size, position.offset));
  } else if (!digest_matches(file, position)) {
    m_gaps.add(path, fmt::format("was rewritten: its bytes before {} are not those that were "
                                 "decided",
                                 position.offset));
  } else if (where == Where::archive && position.offset < size && m_context.fs.stat(path)) {
    m_gaps.add(path, fmt::format("is archived, but only {} of its {} bytes are decided in this "
                                 "database",
                                 position.offset, size));
  }
}

void SpoolVerifier::read_through(const std::string& path, const Fd& file) {
  std::string buffer(k_chunk, '\0');
  const Bytes size = m_context.fs.stat(file).size;
  for (Bytes offset = 0; offset < size;) {
    if (m_context.stop.is_requested()) {
      throw Error(ErrorKind::busy, "interrupted",
                  fmt::format("cannot verify '{}': interrupted", path));
    }
    const std::size_t count = m_context.fs.read_at(file, buffer.data(), buffer.size(), offset);
    if (count == 0) {
      break;
    }
    offset += count;
  }
}

void SpoolVerifier::look_at(const std::string& path, std::optional<SegmentId> segment,
                            Where where) {
  try {
    const std::optional<Fd> file = m_context.fs.open_if_exists(path, {});
    if (!file) { // sealed or archived meanwhile: met again under its new name, or by the next look
      return;
    }
    if (const auto reason = why_stray(m_context.fs.stat(*file))) {
      m_unreadable.add(path, *reason);
      return;
    }
    ++m_files;
    segment = segment ? segment : read_identity(m_context.fs, *file);
    if (segment) {
      m_present.insert(*segment);
    }
    if (segment && m_ledger != nullptr) {
      compare(path, *segment, *file, where);
    }
    if (!m_request.is_quick) {
      read_through(path, *file);
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::busy) {
      throw;
    }
    m_unreadable.add(path, fmt::format("cannot be read: {}", error.message()));
  }
}

void SpoolVerifier::look_at_active() {
  for (const DirEntry& entry : m_context.fs.list(m_spool.directory())) {
    if (parse_lane_file_name(entry.name)) {
      look_at(join_path(m_spool.directory(), entry.name), std::nullopt, Where::active);
    }
  }
}

void SpoolVerifier::look_at_directory(const std::string& directory, Where where) {
  if (!m_context.fs.stat(directory)) {
    return;
  }
  for (const DirEntry& entry : m_context.fs.list(directory)) {
    if (const auto name = parse_segment_file_name(entry.name)) {
      look_at(join_path(directory, entry.name), name->segment, where);
    }
  }
}

// Segments that the ledger is in the middle of, without a file. Asked again at the end, since a
// drain may just have settled them.
void SpoolVerifier::look_for_lost() {
  const std::optional<std::string> spool = m_spool.id();
  for (const SegmentId& segment : spool ? m_ledger->under_way(*spool) : std::vector<SegmentId>()) {
    const Position position = m_ledger->position(segment);
    if (!m_present.contains(segment) && !position.is_settled && position.offset > 0) {
      m_gaps.add(format_segment(segment), fmt::format("is decided up to byte {}, but has no file "
                                                      "any more",
                                                      position.offset));
    }
  }
}

void SpoolVerifier::read_dead_letters() {
  std::uint64_t letters = 0;
  std::uint64_t unreadable = 0;
  try {
    DeadLetterFile(m_context.fs, m_spool.failed_path()).read([&](const DeadLetterFile::Line& line) {
      ++(line.letter || line.is_cut ? letters : unreadable);
      return !m_context.stop.is_requested();
    });
    add("dead-letters", unreadable == 0,
        unreadable == 0
            ? fmt::format("{} in queue.failed.jsonl", format_count(letters))
            : fmt::format("{} lines of queue.failed.jsonl are no dead letters", unreadable));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::busy) {
      throw;
    }
    add("dead-letters", false, error.message());
  }
}

void SpoolVerifier::run() {
  check_file_system(m_spool.directory(), m_report);
  if (!m_context.fs.stat(m_spool.directory())) {
    add("segments", true, "the spool does not exist yet");
    return;
  }
  // In the direction in which files move, so that none is missed.
  look_at_active();
  look_at_directory(m_spool.sealed_directory(), Where::sealed);
  look_at_directory(m_spool.archive_directory(), Where::archive);
  if (m_ledger != nullptr) {
    look_for_lost();
    add("ledger", m_gaps.is_empty(), m_gaps.text());
  } else {
    add("ledger", true, "nothing is decided yet");
  }
  add("segments", m_unreadable.is_empty(),
      m_unreadable.is_empty() ? fmt::format("{} files", format_count(m_files))
                              : m_unreadable.text());
  read_dead_letters();
}

// Whether every dead letter of the store can be read.
void check_dead_rows(Database& database, const std::string& path, VerifyReport& report) {
  Statement sums = database.prepare("SELECT count(*), total(length(line)) FROM menacedb_dead "
                                    "WHERE state = 'dead'");
  sums.step();
  report.checks.push_back(
      {"dead-rows", path, true, false,
       fmt::format("{} dead letters", format_count(static_cast<std::uint64_t>(sums.integer(0))))});
}

void verify_spools(const Context& context, const VerifyRequest& request, Ledger* ledger,
                   VerifyReport& report) {
  for (const std::string& directory : context.settings.drain_queue_dirs()) {
    SpoolVerifier(context, request, ledger, directory, report).run();
  }
}

} // namespace

void verify_queues(const Context& context, const VerifyRequest& request, VerifyReport& report) {
  const std::string path = shared_database_path(context.settings);
  std::optional<Database> database;
  try {
    if (context.fs.stat(real_database_path(path))) {
      database.emplace(path, reader_options(context.settings), context.clock, context.stop);
      const int version = store_schema_version(*database);
      if (version > newest_store_schema()) {
        throw Error(ErrorKind::config, "schema-newer",
                    fmt::format("a newer menacedb made it: version {}", version));
      }
      if (version == 0) {
        database.reset();
      } else {
        check_dead_rows(*database, path, report);
      }
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::busy) {
      throw;
    }
    report.checks.push_back({"ledger", path, false, false, error.message()});
    database.reset();
  }
  std::optional<Ledger> ledger;
  if (database) {
    ledger.emplace(*database);
  }
  verify_spools(context, request, ledger ? &*ledger : nullptr, report);
}

} // namespace menacedb
