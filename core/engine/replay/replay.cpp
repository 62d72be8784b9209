#include "core/engine/replay/replay.hpp"

#include "core/base/text.hpp"
#include "core/engine/drain/dead_letter_export.hpp"
#include "core/engine/drain/replay_line.hpp"
#include "core/engine/queue_inserts.hpp"
#include "core/engine/replay/replay_groups.hpp"
#include "core/engine/replay/replay_writer.hpp"
#include "core/engine/table_policy.hpp"
#include "core/engine/taken_lines.hpp"
#include "core/os/process.hpp"
#include "core/queue/dead_letters.hpp"
#include "core/queue/spool.hpp"
#include "core/store/sqlite_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace menacedb {
namespace {

constexpr const char* k_replay_attribute = "replay";
constexpr std::string_view k_replay_lane = "replay"; // for entries that name no usable queue

std::string place_text(const DeadLetter& letter) {
  return letter.segment ? fmt::format("{}:{}", format_segment(*letter.segment), letter.offset) : "";
}

// Which letters the options mean, and what they have in common.
class Choice {
public:
  explicit Choice(const ReplayOptions& options)
      : m_options(options),
        m_left(options.limit.value_or(std::numeric_limits<std::uint64_t>::max())) {}

  [[nodiscard]] bool takes(const DeadLetter& letter, const std::optional<ReplayLine>& line) {
    if (m_left == 0 || !matches(letter, line)) {
      return false;
    }
    --m_left;
    m_groups.add(letter.error, table_of(letter, line), letter.failed_at, letter.line);
    return true;
  }
  [[nodiscard]] std::vector<ReplayGroup> groups() const { return m_groups.list(); }

private:
  // Letters of the old synchroniser say it only in their record.
  [[nodiscard]] static const std::string& table_of(const DeadLetter& letter,
                                                   const std::optional<ReplayLine>& line) {
    return letter.table.empty() && line ? line->table : letter.table;
  }
  [[nodiscard]] bool matches(const DeadLetter& letter,
                             const std::optional<ReplayLine>& line) const {
    if (!is_meant(m_options, table_of(letter, line), letter.error)) {
      return false;
    }
    return m_options.ids.empty() ||
           std::any_of(m_options.ids.begin(), m_options.ids.end(), [&](const std::string& id) {
             return (line && line->id == id) || place_text(letter) == id;
           });
  }

  const ReplayOptions& m_options;
  std::uint64_t m_left;
  ReplayGroups m_groups;
};

class Replay {
public:
  Replay(const Context& context, const std::string& directory, const ReplayOptions& options)
      : m_context(context),
        m_spool(context.fs, context.clock, directory),
        m_file(context.fs, m_spool.failed_path()),
        m_writer(context.fs, m_spool),
        m_inserts(context),
        m_options(options),
        m_choice(options) {}

  ReplayReport list();
  ReplayReport run(const std::string& database);

private:
  void take(const DeadLetterFile::Line& line);
  [[nodiscard]] std::string key_of(const DeadLetterFile::Line& line);
  [[nodiscard]] Lane lane_of(const DeadLetter& letter, const ReplayLine& line) const;
  void carry_out();
  void mark(SqliteStore& store);

  Context m_context;
  Spool m_spool;
  DeadLetterFile m_file;
  ReplayWriter m_writer;
  QueueInserts m_inserts;
  const ReplayOptions& m_options;
  Choice m_choice;
  TakenLines m_taken;
  std::string m_file_identity;
  ReplayReport m_report;
};

// Back to the queue it came from; an old letter to that of its origin, or to replay.jsonl.
Lane Replay::lane_of(const DeadLetter& letter, const ReplayLine& line) const {
  if (const std::optional<Lane> lane = parse_lane_file_name(letter.queue)) {
    return *lane;
  }
  const std::string& origin = line.origin;
  return {is_safe_id(origin) ? origin : std::string(k_replay_lane), 5};
}

// A letter of ours is known by where its entry stood. One of the old synchroniser is known by its
// place in this very file, which gets a random name in its inode: a later file may hold the same
// line again.
std::string Replay::key_of(const DeadLetterFile::Line& line) {
  if (line.letter->segment) {
    return "dead:" + place_text(*line.letter);
  }
  if (m_file_identity.empty()) {
    OpenOptions options;
    options.mode = OpenMode::read_write;
    const Fd file = m_context.fs.open(m_spool.failed_path(), options);
    const std::optional<std::string> known = m_context.fs.attribute(file, k_replay_attribute);
    m_file_identity = known.value_or(random_hex(8));
    if (!known && m_context.fs.set_attribute(file, k_replay_attribute, m_file_identity)) {
      m_context.fs.sync(file);
    }
  }
  return fmt::format("dead:{}:{}", m_file_identity, line.offset);
}

void Replay::take(const DeadLetterFile::Line& line) {
  const std::optional<ReplayLine> entry = line.letter && !line.letter->is_truncated && !line.is_cut
                                              ? read_replay_line(line.letter->line)
                                              : std::nullopt;
  if (!line.letter || !m_choice.takes(*line.letter, entry)) {
    ++m_report.remaining;
    return;
  }
  if (!entry && !m_options.discards) {
    ++m_report.skipped;
    ++m_report.remaining;
    return;
  }
  ++m_report.replayed;
  if (m_options.is_dry_run) {
    return;
  }
  if (!m_options.discards) {
    m_writer.add(lane_of(*line.letter, *entry), with_replay_key(line.letter->line, key_of(line)));
    m_inserts.add(entry->origin, entry->table);
  }
  m_taken.add(line);
}

ReplayReport Replay::list() {
  m_file.read([this](const DeadLetterFile::Line& line) {
    if (line.letter) {
      static_cast<void>(m_choice.takes(*line.letter, read_replay_line(line.letter->line)));
    }
    ++m_report.remaining;
    return true;
  });
  m_report.groups = m_choice.groups();
  return std::move(m_report);
}

ReplayReport Replay::run(const std::string& database) {
  std::optional<SqliteStore> store;
  if (!m_options.is_dry_run && m_context.fs.stat(database)) {
    store.emplace(m_context.fs, m_context.clock, m_context.log, m_context.stop,
                  table_store_options(m_context.settings, database));
    (void)DeadLetterExport(m_context, *store, m_spool, nullptr)
        .run(); // what a crash kept from the file
  }
  m_file.read([this](const DeadLetterFile::Line& line) {
    take(line);
    return !m_context.stop.is_requested();
  });
  m_report.groups = m_choice.groups();
  if (!m_taken.is_empty()) {
    carry_out();
  }
  if (store) {
    mark(*store);
  }
  return std::move(m_report);
}

void Replay::carry_out() {
  m_writer.flush();
  m_inserts.leave_audit_lines();
  m_context.fs.reached(Step::replay_appended);
  static_cast<void>(m_file.back_up());
  m_file.rewrite([this](const DeadLetterFile::Line& line) { return !m_taken.has(line); });
}

// The rows of menacedb_dead follow the file: what is no longer in it, by this replay, by an earlier
// one that was interrupted or by somebody's hand, is no dead letter any more. The rows are asked
// for first, so that a letter exported meanwhile is not taken for a missing one.
void Replay::mark(SqliteStore& store) {
  const std::optional<std::string> spool = m_spool.id();
  if (!spool) {
    return;
  }
  using Spot = DeadRows::Spot;
  std::vector<Spot> gone = store.dead_rows().exported(*spool); // in order
  std::vector<Spot> present;
  m_file.read([&](const DeadLetterFile::Line& line) {
    if (line.letter && line.letter->segment && line.letter->segment->spool == *spool) {
      present.push_back({line.letter->segment->sequence, line.letter->offset});
    }
    return true;
  });
  std::sort(present.begin(), present.end());
  std::erase_if(gone, [&](const Spot& spot) {
    return std::binary_search(present.begin(), present.end(), spot);
  });
  if (gone.empty()) {
    return;
  }
  const DeadState state = m_options.discards ? DeadState::discarded : DeadState::replayed;
  store.write([&] {
    for (const Spot& spot : gone) {
      store.dead_rows().mark({*spool, spot.sequence}, spot.offset, state);
    }
  });
}

} // namespace

ReplayReport replay_dead_letters(const Context& context, const std::string& directory,
                                 const std::string& database, const ReplayOptions& options) {
  return Replay(context, directory, options).run(database);
}

ReplayReport list_dead_letters(const Context& context, const std::string& directory,
                               const ReplayOptions& options) {
  return Replay(context, directory, options).list();
}

} // namespace menacedb
