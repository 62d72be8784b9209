#include "core/engine/care/dir_recovery.hpp"

#include "core/base/compression.hpp"
#include "core/base/error.hpp"
#include "core/engine/drain/destinations.hpp"
#include "core/engine/places.hpp"
#include "core/queue/dir_entry.hpp"
#include "core/store/store_schema.hpp"

#include <algorithm>
#include <memory>

namespace menacedb {
namespace {

constexpr std::size_t k_most_files = 1000; // in a transaction
constexpr Duration k_day = std::chrono::hours(24);
constexpr std::string_view k_extension = ".json";

// A name in completed/ or archive/, which may be packed, and has another end when two entries had
// the same.
std::string queue_name(std::string_view name) {
  const std::size_t end = name.find(k_extension);
  return std::string(name.substr(0, end == std::string_view::npos ? 0 : end + k_extension.size()));
}

std::string unpack(const std::string& packed, Bytes limit) {
  Decompressor decompressor(Compression::zstd);
  std::string text;
  std::string piece(64u << 10, '\0');
  std::string_view rest = packed;
  for (std::size_t size = piece.size(); !rest.empty() || size == piece.size();) {
    size = decompressor.unpack(rest, piece);
    text.append(piece, 0, size);
    if (text.size() > limit) {
      throw Error(ErrorKind::bad_input, "too-large", "the entry is too large");
    }
  }
  if (!decompressor.is_complete()) {
    throw Error(ErrorKind::bad_input, "compressed-data", "the file is cut off");
  }
  return text;
}

} // namespace

class DirRecovery::Run {
public:
  Run(DirRecovery& recovery, const Router& router, RecoveryReport& report)
      : m_recovery(recovery),
        m_context(recovery.m_context),
        m_copy(recovery.m_copy),
        m_destinations(recovery.m_context, router, destination_options()),
        m_report(report) {}

  void run() {
    const std::vector<File> files = m_recovery.files();
    Bytes total = 0;
    for (const File& file : files) {
      total += file.size;
    }
    Bytes done = 0;
    for (const File& file : files) {
      if (m_context.stop.is_requested()) {
        throw Error(ErrorKind::busy, "interrupted", "cannot go on: interrupted");
      }
      add(file);
      done += file.size;
      if (m_batch.entries.size() >= k_most_files ||
          m_bytes >= m_context.settings.bytes("sync.batch_bytes")) {
        apply();
        if (m_recovery.m_options.on_progress) {
          m_recovery.m_options.on_progress(done, total);
        }
      }
    }
    apply();
    m_report.missing_entries += m_recovery.m_since.size() - m_seen.size();
  }

private:
  [[nodiscard]] Destinations::Options destination_options() {
    const std::string shared = shared_database_path(m_context.settings);
    Destinations::Options options;
    options.home_path = real_database_path(m_recovery.m_options.home);
    options.home_content = m_copy.database().path();
    options.shared_path = real_database_path(shared) == options.home_path ? std::string() : shared;
    options.has_table = [this](std::string_view table) { return m_copy.has_table(table); };
    return options;
  }

  void add(const File& file) {
    const Bytes limit = m_context.settings.bytes("queue.max_line");
    std::string text;
    try {
      text = read_file(m_context.fs, file.path, limit);
      text = file.is_packed ? unpack(text, limit) : std::move(text);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::busy) {
        throw;
      }
      m_report.unreadable.push_back(file.path);
      return;
    }
    m_batch.file_spool = m_recovery.m_id;
    m_batch.texts.push_back(std::make_unique<std::string>(std::move(text)));
    decode_dir_entry(m_batch, *m_batch.texts.back(),
                     {.name = file.name, .ledger_id = {}, .priority = k_default_priority});
    m_bytes += m_batch.texts.back()->size();
    if (m_copy.entries().is_applied(m_recovery.m_id, m_batch.files.back().ledger_id)) {
      forget_last();
      return;
    }
    const auto known = m_recovery.m_since.find(m_batch.files.back().ledger_id);
    if (known != m_recovery.m_since.end()) {
      m_seen.insert(known->first);
    }
    Entry& entry = m_batch.entries.back();
    entry.not_before.reset(); // its time had come
    const auto& until = m_recovery.m_options.until;
    if (until && entry.created_at.value_or(file.when) > *until) {
      forget_last();
      ++m_report.later;
    }
  }

  void forget_last() {
    m_batch.entries.pop_back();
    m_batch.files.pop_back();
  }

  void apply() {
    if (!m_batch.entries.empty()) {
      m_destinations.assign(m_batch);
      const std::uint64_t elsewhere = drop_elsewhere();
      const Outcomes outcomes = m_copy.apply(m_batch).outcomes;
      m_report.applied += outcomes.applied;
      m_report.duplicates += outcomes.duplicates;
      m_report.failed += outcomes.failed;
      m_report.dropped += outcomes.dropped - elsewhere;
      m_report.elsewhere += elsewhere;
    }
    m_batch.clear();
    m_bytes = 0;
  }

  // Other stores were not set back. One whose entry was still on its way gets it again.
  [[nodiscard]] std::uint64_t drop_elsewhere() {
    std::uint64_t count = 0;
    for (Entry& entry : m_batch.entries) {
      if (entry.fault >= 0 ||
          m_batch.destinations[entry.destination].kind != Destination::Kind::forward) {
        continue;
      }
      auto& undelivered = m_recovery.m_undelivered;
      if (const auto found = undelivered.find(entry.line); found != undelivered.end()) {
        undelivered.erase(found);
        continue;
      }
      entry.destination = static_cast<std::uint32_t>(m_batch.destinations.size());
      ++count;
    }
    m_batch.destinations.push_back(
        {Destination::Kind::dropped, {}, {"elsewhere", "another store has it"}});
    return count;
  }

  DirRecovery& m_recovery;
  Context m_context;
  SqliteStore& m_copy;
  Destinations m_destinations;
  RecoveryReport& m_report;
  Batch m_batch;
  Bytes m_bytes = 0;
  std::set<std::string_view> m_seen; // of m_since
};

DirRecovery::DirRecovery(const Context& context, Database* present, SqliteStore& copy,
                         DirRecoveryOptions options)
    : m_context(context),
      m_copy(copy),
      m_options(std::move(options)),
      m_spool(context.fs, m_options.directory) {
  if (m_spool.exists()) {
    m_id = m_spool.known_id().value_or("");
  }
  if (!m_id.empty() && present != nullptr && has_store_schema(*present)) {
    read_present(*present);
  }
}

void DirRecovery::read_present(Database& present) {
  EntryLedger(present).each_applied(m_id, [this](std::string_view entry, Instant when) {
    if (!m_copy.entries().is_applied(m_id, entry)) {
      m_since.emplace(entry, when);
    }
  });
  Statement lines = present.prepare("SELECT line FROM menacedb_outbox WHERE segment = 0");
  while (lines.step()) {
    m_undelivered.emplace(lines.text(0));
  }
}

// By the sequence, which begins the ledger id.
std::optional<Instant> DirRecovery::decided_since(const std::string& name) const {
  const std::string prefix = std::string(sequence_of(name)) + ':';
  const auto found = m_since.lower_bound(prefix);
  const bool is_known = found != m_since.end() && found->first.starts_with(prefix);
  return is_known ? std::optional(found->second) : std::nullopt;
}

// `completed_by`: the latest time at which what lies in the folder was completed; none: each file's
// own says it.
void DirRecovery::add_folder(const std::string& folder, std::optional<Instant> completed_by,
                             std::vector<File>& found) {
  if (!m_context.fs.stat(folder)) {
    return;
  }
  m_context.fs.visit(folder, [&](std::string_view name, FileType) {
    File file;
    file.path = join_path(folder, name);
    file.name = queue_name(name);
    file.is_packed = name.ends_with(".zst");
    const auto place = parse_dir_name(file.name);
    const auto stat = place ? m_context.fs.stat(file.path) : std::nullopt;
    if (stat && stat->type == FileType::regular) {
      const std::optional<Instant> decided_at = decided_since(file.name);
      file.place = *place;
      file.size = stat->size;
      file.when = decided_at.value_or(stat->modified_at);
      if (decided_at || completed_by.value_or(stat->changed_at) >= m_options.backup_at) {
        found.push_back(std::move(file));
      }
    }
    return true;
  });
}

void DirRecovery::add_archive(std::vector<File>& found) {
  const std::string archive = join_path(m_spool.directory(), "archive");
  if (!m_context.fs.stat(archive)) {
    return;
  }
  for (const DirEntry& day : m_context.fs.list(archive)) {
    const auto begin = parse_instant(day.name + "T00:00:00Z");
    if (begin && day.type == FileType::directory) {
      add_folder(join_path(archive, day.name), *begin + k_day, found);
    }
  }
}

// What a drain left when it died between the commit and moving the file.
void DirRecovery::add_unsettled(const std::string& folder, std::vector<File>& found) {
  if (!m_since.empty()) {
    add_folder(folder, Instant(), found);
  }
}

std::vector<DirRecovery::File> DirRecovery::files() {
  std::vector<File> found;
  if (m_id.empty()) {
    return found;
  }
  // In the direction in which files move, so that none is missed.
  add_unsettled(m_spool.pending(), found);
  add_unsettled(m_spool.processing(), found);
  add_folder(m_spool.completed(), std::nullopt, found);
  add_archive(found);
  std::ranges::sort(found, [](const File& a, const File& b) {
    return a.when != b.when ? a.when < b.when : a.place < b.place;
  });
  return found;
}

std::uint64_t DirRecovery::count() {
  std::uint64_t count = 0;
  for (const File& file : files()) {
    const auto known = m_copy.entries().find_sequence(m_id, sequence_of(file.name));
    count += known && known->is_applied ? 0 : 1;
  }
  return count;
}

void DirRecovery::run(const Router& router, RecoveryReport& report) {
  Run(*this, router, report).run();
}

std::uint64_t DirRecovery::adopt() {
  std::vector<File> waiting;
  if (!m_id.empty()) {
    add_unsettled(m_spool.pending(), waiting);
    add_unsettled(m_spool.processing(), waiting);
  }
  if (waiting.empty()) {
    return 0;
  }
  m_copy.write([&] {
    for (const File& file : waiting) {
      const std::string prefix = std::string(sequence_of(file.name)) + ':';
      for (auto entry = m_since.lower_bound(prefix);
           entry != m_since.end() && entry->first.starts_with(prefix); ++entry) {
        m_copy.entries().add_applied(m_id, entry->first, 0, entry->second);
      }
    }
  });
  return waiting.size();
}

} // namespace menacedb
