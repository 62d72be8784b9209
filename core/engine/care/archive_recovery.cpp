#include "core/engine/care/archive_recovery.hpp"

#include "core/base/error.hpp"
#include "core/engine/drain/destinations.hpp"
#include "core/queue/codec.hpp"
#include "core/queue/seal.hpp"
#include "core/queue/segment_reader.hpp"
#include "core/queue/spool.hpp"
#include "core/queue/stray.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>

namespace menacedb {
namespace {

constexpr std::size_t k_piece = 1u << 20;

bool holds(const std::vector<SpoolPosition::Interval>& intervals, std::uint64_t number) {
  return std::ranges::any_of(intervals, [number](const SpoolPosition::Interval& interval) {
    return interval.first <= number && number <= interval.last;
  });
}

// The file of a segment, or none when it is gone or is something else.
std::optional<Fd> open_segment(Fs& fs, const std::string& path) {
  auto file = fs.open_if_exists(path, {});
  return file && !why_stray(fs.stat(*file)) ? std::move(file) : std::nullopt;
}

std::uint64_t count_lines(Fs& fs, const Fd& file, Bytes begin, Bytes end) {
  std::string buffer(k_piece, '\0');
  std::uint64_t lines = 0;
  bool has_content = false;
  while (begin < end) {
    const std::size_t size =
        fs.read_at(file, buffer.data(), std::min<Bytes>(buffer.size(), end - begin), begin);
    if (size == 0) {
      break;
    }
    begin += size;
    for (std::string_view rest = std::string_view(buffer).substr(0, size); !rest.empty();) {
      const std::size_t newline = rest.find('\n');
      has_content = has_content || !is_blank_line(rest.substr(0, newline));
      if (newline == std::string_view::npos) {
        break;
      }
      lines += has_content ? 1 : 0;
      has_content = false;
      rest.remove_prefix(newline + 1);
    }
  }
  return lines + (has_content ? 1 : 0);
}

// Keeps the entries that `is_wanted` says yes to, in their order.
template <typename Wanted>
std::uint64_t keep_entries(Batch& batch, Wanted is_wanted) {
  const std::size_t before = batch.entries.size();
  std::erase_if(batch.entries, [&](const Entry& entry) { return !is_wanted(entry); });
  return before - batch.entries.size();
}

} // namespace

class ArchiveRecovery::Run {
public:
  Run(ArchiveRecovery& recovery, const Router& router, SqliteStore& copy)
      : m_recovery(recovery),
        m_context(recovery.m_context),
        m_copy(copy),
        m_destinations(recovery.m_context, router, destination_options()),
        m_reader(m_context.fs) {}

  RecoveryReport run() {
    const std::vector<Candidate> candidates = m_recovery.candidates();
    Bytes total = 0;
    for (const Candidate& candidate : candidates) {
      total += candidate.end;
    }
    m_report.missing_segments = missing(candidates);
    decide_deferred();
    std::vector<SegmentId> over;
    for (const Candidate& candidate : candidates) {
      decide(candidate, total);
      if (candidate.is_archived) {
        over.push_back(candidate.segment);
      }
      m_done += candidate.end;
    }
    m_copy.fold(over);
    return std::move(m_report);
  }

private:
  [[nodiscard]] Destinations::Options destination_options() {
    Destinations::Options options;
    options.home_path = real_database_path(m_recovery.m_options.home);
    options.home_content = m_copy.database().path();
    options.takes_any_table = m_recovery.m_options.takes_any_table;
    options.hooks = m_recovery.m_options.hooks;
    options.has_table = [this](std::string_view table) { return m_copy.has_table(table); };
    return options;
  }

  void decide(const Candidate& candidate, Bytes total) {
    auto file = open_segment(m_context.fs, candidate.path);
    if (!file) {
      ++m_report.missing_segments; // somebody deleted it just now
      return;
    }
    const Instant sealed_at = m_context.fs.stat(*file).modified_at;
    const OpenSegment segment{candidate.segment, candidate.lane, candidate.path, true,
                              std::move(*file)};
    for (;;) {
      if (m_context.stop.is_requested()) {
        throw Error(ErrorKind::busy, "interrupted", "cannot go on: interrupted");
      }
      const Position position = m_copy.ledger().position(candidate.segment);
      if (position.is_settled || position.offset >= candidate.end) {
        return;
      }
      if (m_recovery.m_options.on_progress) {
        m_recovery.m_options.on_progress(m_done + position.offset, total);
      }
      if (!decide_next(segment, position, candidate.end)) {
        m_report.unreadable.push_back(candidate.path);
        return;
      }
      apply(sealed_at);
    }
  }

  bool decide_next(const OpenSegment& segment, const Position& position, Bytes end) {
    m_reader.recycle(m_batch);
    m_batch.clear();
    ReadRequest request;
    request.room = std::min(m_context.settings.bytes("sync.batch_bytes"), end - position.offset);
    request.most_entries = std::numeric_limits<std::uint64_t>::max();
    request.max_line = m_context.settings.bytes("queue.max_line");
    request.is_final = [] { return true; }; // it was decided once
    const ReadEnd ended = m_reader.read(segment, position, request, m_batch);
    return ended != ReadEnd::rewritten && !m_batch.slices.empty();
  }

  // Entries that the copy defers and that were decided since: they are due.
  void decide_deferred() {
    const StorePast& past = m_recovery.m_past;
    constexpr std::size_t k_all = std::numeric_limits<std::int64_t>::max();
    std::vector<DeferredRow> rows;
    if (past.is_known) {
      rows = m_copy.deferred().due(Instant::max(), k_all, std::numeric_limits<Bytes>::max());
    }
    m_batch.clear();
    for (const DeferredRow& row : rows) {
      const StorePast::Place place = past_place(row.place, row.id);
      if (!past.deferred.contains(place)) {
        decode_line(m_batch, row.line, row.place.offset, row.line.size() + 1, k_no_slice,
                    row.origin);
        m_batch.entries.back().deferred_row = row.id;
        m_batch.entries.back().not_before.reset();
        m_deferred.emplace(row.id, place);
      }
    }
    if (!m_batch.entries.empty()) {
      apply(Instant());
    }
    m_batch.clear(); // its entries point into the rows
  }

  void apply(Instant sealed_at) {
    const auto& until = m_recovery.m_options.until;
    if (until) {
      m_report.later += keep_entries(m_batch, [&](const Entry& entry) {
        return entry.created_at.value_or(sealed_at) <= *until;
      });
    }
    m_destinations.assign(m_batch);
    const std::uint64_t elsewhere = drop_elsewhere();
    const Applied applied = m_copy.apply(m_batch);
    if (!applied.has_won) {
      throw Error(ErrorKind::internal, "copy-in-use",
                  "cannot apply the archive: somebody else writes to the copy");
    }
    m_report.applied += applied.outcomes.applied;
    m_report.duplicates += applied.outcomes.duplicates;
    m_report.failed += applied.outcomes.failed;
    m_report.deferred += applied.outcomes.deferred;
    m_report.dropped += applied.outcomes.dropped - elsewhere;
    m_report.elsewhere += elsewhere;
  }

  [[nodiscard]] std::uint64_t drop_elsewhere() {
    std::uint64_t count = 0;
    for (Entry& entry : m_batch.entries) {
      if (is_elsewhere(entry)) {
        entry.destination = static_cast<std::uint32_t>(m_batch.destinations.size());
        ++count;
      }
    }
    m_batch.destinations.push_back(
        {Destination::Kind::dropped, {}, {"elsewhere", "another store has it"}});
    return count;
  }

  // Other stores were not set back. One whose entry was still on its way gets it again.
  [[nodiscard]] bool is_elsewhere(const Entry& entry) const {
    if (entry.fault >= 0 ||
        m_batch.destinations[entry.destination].kind != Destination::Kind::forward) {
      return false;
    }
    const auto& undelivered = m_recovery.m_past.undelivered;
    if (entry.deferred_row != 0) {
      return !undelivered.contains(m_deferred.at(entry.deferred_row));
    }
    const SegmentId& segment = m_batch.slices[entry.slice].segment;
    return !undelivered.contains({segment.spool, segment.sequence, entry.offset});
  }

  // Of those that are over for the store, but not for the copy.
  [[nodiscard]] std::uint64_t missing(const std::vector<Candidate>& candidates) {
    std::set<SegmentId> present;
    for (const Candidate& candidate : candidates) {
      present.insert(candidate.segment);
    }
    std::uint64_t count = 0;
    for (const SpoolPosition& spool : m_recovery.m_past.positions) {
      for (const SpoolPosition::Interval& interval : spool.settled) {
        for (std::uint64_t number = interval.first; number <= interval.last; ++number) {
          const SegmentId segment{spool.spool, number};
          const bool is_missing =
              !present.contains(segment) && !m_copy.ledger().position(segment).is_settled;
          count += is_missing ? 1 : 0;
        }
      }
    }
    return count;
  }

  ArchiveRecovery& m_recovery;
  Context m_context;
  SqliteStore& m_copy;
  Destinations m_destinations;
  SegmentReader m_reader;
  Batch m_batch;
  std::map<std::int64_t, StorePast::Place> m_deferred; // by row
  Bytes m_done = 0;
  RecoveryReport m_report;
};

ArchiveRecovery::ArchiveRecovery(const Context& context, const StorePast& past,
                                 RecoveryOptions options)
    : m_context(context), m_past(past), m_options(std::move(options)) {}

std::optional<Bytes> ArchiveRecovery::decided_end(const SegmentId& segment) const {
  const auto spool = std::ranges::find(m_past.positions, segment.spool, &SpoolPosition::spool);
  if (spool == m_past.positions.end()) {
    return std::nullopt;
  }
  if (holds(spool->settled, segment.sequence)) {
    return std::numeric_limits<Bytes>::max();
  }
  const auto found =
      std::ranges::find(spool->under_way, segment.sequence, &SpoolPosition::UnderWay::segment);
  return found == spool->under_way.end() ? std::nullopt : std::optional(found->decided);
}

// What is archived was decided to its end, by this store unless its ledger says that it was not.
void ArchiveRecovery::add_archived(const std::string& directory, std::vector<Candidate>& found) {
  const Spool spool(m_context.fs, m_context.clock, directory);
  if (!m_context.fs.stat(spool.archive_directory())) {
    return;
  }
  for (const DirEntry& entry : m_context.fs.list(spool.archive_directory())) {
    const std::string path = join_path(spool.archive_directory(), entry.name);
    auto name = parse_segment_file_name(entry.name);
    const auto stat = name ? m_context.fs.stat(path) : std::nullopt;
    if (stat && !why_stray(*stat) && (!m_past.is_known || decided_end(name->segment))) {
      found.push_back({std::move(name->segment), std::move(name->lane), path, stat->size, true});
    }
  }
}

void ArchiveRecovery::add_unsettled(const std::string& directory, std::vector<Candidate>& found) {
  const Spool spool(m_context.fs, m_context.clock, directory);
  const auto add = [&](const SegmentId& segment, const Lane& lane, const std::string& path) {
    const auto stat = m_context.fs.stat(path);
    const auto end = decided_end(segment);
    if (stat && end) {
      found.push_back({segment, lane, path, std::min(*end, stat->size), false});
    }
  };
  if (!m_context.fs.stat(directory)) {
    return;
  }
  for (const DirEntry& entry : m_context.fs.list(directory)) {
    const auto lane = parse_lane_file_name(entry.name);
    const std::string path = join_path(directory, entry.name);
    const auto file = lane ? open_segment(m_context.fs, path) : std::nullopt;
    if (const auto mark = file ? read_identity(m_context.fs, *file) : std::nullopt) {
      add(*mark, *lane, path);
    }
  }
  for (const Spool::Sealed& sealed : spool.sealed()) {
    add(sealed.segment, sealed.lane, sealed.path);
  }
}

// In the order in which they were sealed.
std::vector<ArchiveRecovery::Candidate> ArchiveRecovery::candidates() {
  std::vector<Candidate> found;
  for (const std::string& directory : m_options.queue_directories) {
    add_archived(directory, found);
    add_unsettled(directory, found);
  }
  std::ranges::sort(found, {}, &Candidate::segment);
  return found;
}

std::uint64_t ArchiveRecovery::count(LedgerView& ledger) {
  std::uint64_t lines = 0;
  for (const Candidate& candidate : candidates()) {
    const Position position = ledger.position(candidate.segment);
    const auto file = position.is_settled || position.offset >= candidate.end
                          ? std::nullopt
                          : open_segment(m_context.fs, candidate.path);
    if (file) {
      lines += count_lines(m_context.fs, *file, position.offset, candidate.end);
    }
  }
  return lines;
}

RecoveryReport ArchiveRecovery::run(const Router& router, SqliteStore& copy) {
  return Run(*this, router, copy).run();
}

} // namespace menacedb
