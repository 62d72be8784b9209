#include "core/engine/drain/replay_line.hpp"
#include "core/engine/queue_inserts.hpp"
#include "core/engine/replay/replay.hpp"
#include "core/engine/replay/replay_writer.hpp"
#include "core/model/batch.hpp"
#include "core/queue/codec.hpp"
#include "core/queue/spool.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace menacedb {
namespace {

constexpr Bytes k_chunk = 1u << 20;

// The whole lines of a file, in memory bounded by the longest line.
template <typename Visit>
void for_each_line(Fs& fs, const Fd& file, Visit visit) {
  std::string buffer;
  std::size_t used = 0;
  Bytes offset = 0;
  for (;;) {
    buffer.resize(std::max<std::size_t>(used * 2, used + k_chunk));
    const std::size_t got = fs.read_at(file, buffer.data() + used, buffer.size() - used, offset);
    offset += got;
    used += got;
    std::size_t begin = 0;
    const std::string_view text(buffer.data(), used);
    for (std::size_t end; (end = text.find('\n', begin)) != std::string_view::npos;
         begin = end + 1) {
      if (!visit(text.substr(begin, end - begin))) {
        return;
      }
    }
    if (got == 0) {
      return;
    }
    buffer.erase(0, begin);
    used -= begin;
  }
}

class ArchiveReplay {
public:
  ArchiveReplay(const Context& context, const std::string& directory,
                const ArchiveReplayOptions& options)
      : m_context(context),
        m_spool(context.fs, context.clock, directory),
        m_writer(context.fs, m_spool),
        m_inserts(context),
        m_options(options),
        m_left(options.limit.value_or(std::numeric_limits<std::uint64_t>::max())) {}

  ReplayReport run();

private:
  struct Segment {
    SegmentFileName name;
    std::string path;
  };
  [[nodiscard]] std::vector<Segment> segments() const;
  void replay(const Segment& segment);
  bool take(const Lane& lane, std::string_view line, Instant sealed_at);

  Context m_context;
  Spool m_spool;
  ReplayWriter m_writer;
  QueueInserts m_inserts;
  const ArchiveReplayOptions& m_options;
  std::uint64_t m_left;
  ReplayReport m_report;
};

std::vector<ArchiveReplay::Segment> ArchiveReplay::segments() const {
  std::vector<Segment> segments;
  if (!m_context.fs.stat(m_spool.archive_directory())) {
    return segments;
  }
  for (const DirEntry& entry : m_context.fs.list(m_spool.archive_directory())) {
    if (std::optional<SegmentFileName> name = parse_segment_file_name(entry.name)) {
      segments.push_back({std::move(*name), join_path(m_spool.archive_directory(), entry.name)});
    }
  }
  std::sort(segments.begin(), segments.end(),
            [](const Segment& a, const Segment& b) { return a.name.segment < b.name.segment; });
  return segments;
}

// False when enough was taken.
bool ArchiveReplay::take(const Lane& lane, std::string_view line, Instant sealed_at) {
  Batch batch;
  if (!decode_line(batch, line, 0, line.size() + 1, k_no_slice, {})) {
    return true;
  }
  const Entry& entry = batch.entries.front();
  const Instant when = entry.created_at.value_or(sealed_at);
  if (when < m_options.since || when >= m_options.until ||
      (!m_options.table.empty() && entry.table != m_options.table)) {
    return true;
  }
  if (entry.fault >= 0) {
    ++m_report.skipped; // it was a dead letter, and replay-failed knows it as such
    return true;
  }
  ++m_report.replayed;
  if (!m_options.is_dry_run) {
    m_writer.add(lane, without_key(line));
    m_inserts.add(entry.origin.empty() ? std::string_view(lane.name) : entry.origin, entry.table);
  }
  return --m_left > 0;
}

void ArchiveReplay::replay(const Segment& segment) {
  const Fd file = m_context.fs.open(segment.path, {});
  const Instant sealed_at = m_context.fs.stat(file).modified_at;
  for_each_line(m_context.fs, file, [&](std::string_view line) {
    return take(segment.name.lane, line, sealed_at) && !m_context.stop.is_requested();
  });
}

ReplayReport ArchiveReplay::run() {
  for (const Segment& segment : segments()) {
    if (m_left == 0 || m_context.stop.is_requested()) {
      break;
    }
    replay(segment);
  }
  m_writer.flush();
  m_inserts.leave_audit_lines();
  return std::move(m_report);
}

} // namespace

ReplayReport replay_archive(const Context& context, const std::string& directory,
                            const ArchiveReplayOptions& options) {
  return ArchiveReplay(context, directory, options).run();
}

} // namespace menacedb
