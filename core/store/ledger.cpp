#include "core/store/ledger.hpp"

#include "core/db/sql_values.hpp"
#include "core/db/transaction.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace menacedb {

namespace {

struct Interval {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

// The interval that holds `sequence` or, failing that, the nearest one below it.
std::optional<Interval> interval_at(LazyStatement& statement, const std::string& spool,
                                    std::int64_t sequence) {
  const StatementUse use = statement.use();
  use->bind(1, std::string_view(spool)).bind(2, sequence);
  if (!use->step()) {
    return std::nullopt;
  }
  return Interval{use->integer(0), use->integer(1)};
}

} // namespace

Ledger::Ledger(Database& database)
    : m_database(database),
      m_position(database, "SELECT decided, digest FROM menacedb_ledger "
                           "WHERE spool = ?1 AND segment = ?2"),
      m_highest(database,
                "SELECT max("
                "coalesce((SELECT max(segment) FROM menacedb_ledger WHERE spool = ?1), 0), "
                "coalesce((SELECT last FROM menacedb_settled WHERE spool = ?1 "
                "ORDER BY first DESC LIMIT 1), 0))"),
      m_interval(database, "SELECT first, last FROM menacedb_settled "
                           "WHERE spool = ?1 AND first <= ?2 ORDER BY first DESC LIMIT 1"),
      m_under_way(database, "SELECT segment FROM menacedb_ledger WHERE spool = ?1"),
      m_update(database, "UPDATE menacedb_ledger SET decided = ?3, digest = ?4, "
                         "entries = entries + ?5, decided_at = ?6 "
                         "WHERE spool = ?1 AND segment = ?2 AND decided = ?7 AND digest = ?8"),
      m_insert(database, "INSERT INTO menacedb_ledger"
                         "(spool, segment, decided, digest, entries, decided_at) "
                         "VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(spool, segment) DO NOTHING"),
      m_forget(database, "DELETE FROM menacedb_ledger WHERE spool = ?1 AND segment = ?2"),
      m_delete_interval(database, "DELETE FROM menacedb_settled WHERE spool = ?1 AND first = ?2"),
      m_insert_interval(database,
                        "INSERT INTO menacedb_settled(spool, first, last) VALUES(?1, ?2, ?3)") {}

Position Ledger::position(const SegmentId& segment) {
  Position position;
  position.is_settled = is_settled(segment);
  const StatementUse use = m_position.use();
  use->bind(1, std::string_view(segment.spool)).bind(2, to_sql(segment.sequence));
  if (use->step()) {
    position.offset = unsigned_from_sql(use->integer(0));
    position.digest = unsigned_from_sql(use->integer(1));
  }
  return position;
}

std::uint64_t Ledger::highest(std::string_view spool) {
  const StatementUse use = m_highest.use();
  use->bind(1, spool).step();
  return unsigned_from_sql(use->integer(0));
}

std::vector<SpoolPosition> Ledger::positions() {
  std::map<std::string, SpoolPosition, std::less<>> spools;
  const auto spool = [&spools](std::string_view id) -> SpoolPosition& {
    SpoolPosition& position = spools[std::string(id)];
    position.spool = id;
    return position;
  };
  Statement settled =
      m_database.prepare("SELECT spool, first, last FROM menacedb_settled ORDER BY spool, first");
  while (settled.step()) {
    spool(settled.text(0))
        .settled.push_back(
            {unsigned_from_sql(settled.integer(1)), unsigned_from_sql(settled.integer(2))});
  }
  Statement under_way = m_database.prepare(
      "SELECT spool, segment, decided, digest FROM menacedb_ledger ORDER BY spool, segment");
  while (under_way.step()) {
    spool(under_way.text(0))
        .under_way.push_back({unsigned_from_sql(under_way.integer(1)),
                              unsigned_from_sql(under_way.integer(2)),
                              unsigned_from_sql(under_way.integer(3))});
  }
  std::vector<SpoolPosition> positions;
  for (auto& [id, position] : spools) {
    positions.push_back(std::move(position));
  }
  return positions;
}

void Ledger::adopt(const SpoolPosition& known) {
  Statement set = m_database.prepare(
      "INSERT INTO menacedb_ledger(spool, segment, decided, digest, entries, decided_at) "
      "VALUES(?1, ?2, ?3, ?4, 0, 0) ON CONFLICT(spool, segment) "
      "DO UPDATE SET decided = excluded.decided, digest = excluded.digest");
  for (const SpoolPosition::UnderWay& segment : known.under_way) {
    if (!is_settled({known.spool, segment.segment})) {
      set.bind(1, std::string_view(known.spool))
          .bind(2, to_sql(segment.segment))
          .bind(3, to_sql(segment.decided))
          .bind(4, to_sql(segment.digest))
          .run();
    }
  }
  for (const SpoolPosition::Interval& interval : known.settled) {
    adopt_interval(known.spool, interval);
  }
}

// Merges with every interval that it touches.
void Ledger::adopt_interval(const std::string& spool, SpoolPosition::Interval interval) {
  Statement touched = m_database.prepare(
      "SELECT coalesce(min(first), ?2), coalesce(max(last), ?3) FROM menacedb_settled "
      "WHERE spool = ?1 AND first <= ?3 + 1 AND last >= ?2 - 1");
  touched.bind(1, std::string_view(spool)).bind(2, to_sql(interval.first));
  touched.bind(3, to_sql(interval.last)).step();
  interval.first = std::min(interval.first, unsigned_from_sql(touched.integer(0)));
  interval.last = std::max(interval.last, unsigned_from_sql(touched.integer(1)));
  touched.reset();
  for (const std::string_view sql :
       {"DELETE FROM menacedb_settled WHERE spool = ?1 AND first BETWEEN ?2 AND ?3",
        "DELETE FROM menacedb_ledger WHERE spool = ?1 AND segment BETWEEN ?2 AND ?3",
        "INSERT INTO menacedb_settled(spool, first, last) VALUES(?1, ?2, ?3)"}) {
    Statement statement = m_database.prepare(sql);
    statement.bind(1, std::string_view(spool)).bind(2, to_sql(interval.first));
    statement.bind(3, to_sql(interval.last)).run();
  }
}

std::vector<SegmentId> Ledger::under_way(std::string_view spool) {
  std::vector<SegmentId> segments;
  const StatementUse use = m_under_way.use();
  use->bind(1, spool);
  while (use->step()) {
    segments.push_back({std::string(spool), unsigned_from_sql(use->integer(0))});
  }
  return segments;
}

bool Ledger::is_settled(const SegmentId& segment) {
  const auto interval = interval_at(m_interval, segment.spool, to_sql(segment.sequence));
  return interval && interval->last >= to_sql(segment.sequence);
}

bool Ledger::advance(std::span<const Slice> slices, Instant now,
                     std::span<const std::uint64_t> entries) {
  for (std::size_t i = 0; i < slices.size(); ++i) {
    if (!advance_slice(slices[i], i < entries.size() ? entries[i] : 0, now)) {
      return false;
    }
  }
  return true;
}

bool Ledger::advance_slice(const Slice& slice, std::uint64_t entries, Instant now) {
  if (is_settled(slice.segment)) {
    return false;
  }
  const auto bind_target = [&](Statement& statement) {
    statement.bind(1, std::string_view(slice.segment.spool))
        .bind(2, to_sql(slice.segment.sequence))
        .bind(3, to_sql(slice.end))
        .bind(4, to_sql(slice.digest_after))
        .bind(5, to_sql(entries))
        .bind(6, to_sql(now));
  };
  {
    const StatementUse update = m_update.use();
    bind_target(*update);
    update->bind(7, to_sql(slice.begin)).bind(8, to_sql(slice.digest_before));
    update->run();
  }
  if (m_database.changes() > 0) {
    return true;
  }
  if (slice.begin != 0) {
    return false;
  }
  const StatementUse insert = m_insert.use();
  bind_target(*insert);
  insert->run();
  return m_database.changes() > 0;
}

bool Ledger::has_reached(std::span<const Slice> slices) {
  for (const Slice& slice : slices) {
    const Position now = position(slice.segment);
    if (now.offset != slice.end || now.digest != slice.digest_after) {
      return false;
    }
  }
  return true;
}

void Ledger::fold(std::span<const SegmentId> segments) {
  if (segments.empty()) {
    return;
  }
  Transaction transaction(m_database);
  for (const SegmentId& segment : segments) {
    fold_segment(segment);
  }
  transaction.commit();
}

void Ledger::fold_segment(const SegmentId& segment) {
  const std::string_view spool = segment.spool;
  const std::int64_t sequence = to_sql(segment.sequence);
  {
    const StatementUse forget = m_forget.use();
    forget->bind(1, spool).bind(2, sequence).run();
  }
  Interval merged{sequence, sequence};
  const auto drop = [&](std::int64_t first) {
    const StatementUse use = m_delete_interval.use();
    use->bind(1, spool).bind(2, first).run();
  };
  if (const auto below = interval_at(m_interval, segment.spool, sequence)) {
    if (below->last >= sequence) {
      return;
    }
    if (below->last == sequence - 1) {
      merged.first = below->first;
      drop(below->first);
    }
  }
  const auto above = interval_at(m_interval, segment.spool, sequence + 1);
  if (above && above->first == sequence + 1) {
    merged.last = above->last;
    drop(above->first);
  }
  const StatementUse insert = m_insert_interval.use();
  insert->bind(1, spool).bind(2, merged.first).bind(3, merged.last).run();
}

} // namespace menacedb
