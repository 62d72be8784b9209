#include "core/engine/cleanup/dead_letter_purge.hpp"

#include "core/engine/cleanup/retained_entry.hpp"
#include "core/engine/drain/dead_letter_export.hpp"
#include "core/engine/places.hpp"
#include "core/engine/small_writes.hpp"
#include "core/queue/spool.hpp"

#include <fmt/format.h>

#include <span>

namespace menacedb {
namespace {

constexpr std::size_t k_rows_read_at_once = 500;

std::string place_text(const SegmentId& segment, Bytes offset) {
  return fmt::format("{}:{}", format_segment(segment), offset);
}

} // namespace

void DeadLetterPurge::offer(Retention& retention, std::uint64_t first_tag) {
  m_first_tag = first_tag;
  for (const std::string& directory : m_run.context().settings.drain_queue_dirs()) {
    read_file(retention, directory);
  }
  read_rows(retention);
}

// Old letters say nothing of their time: they are at least as old as the file's last change.
void DeadLetterPurge::read_file(Retention& retention, const std::string& directory) {
  const Context& context = m_run.context();
  const std::string path = Spool(context.fs, context.clock, directory).failed_path();
  const auto stat = context.fs.stat(path);
  if (!stat) {
    return;
  }
  const std::size_t spool = m_spools.size();
  m_spools.push_back({path, {}});
  DeadLetterFile(context.fs, path).read([&](const DeadLetterFile::Line& line) {
    if (line.letter) {
      const DeadLetter& letter = *line.letter;
      if (letter.segment) {
        m_files.emplace(Place(*letter.segment, letter.offset), m_letters.size());
      }
      const std::string place = letter.segment ? place_text(*letter.segment, letter.offset)
                                               : fmt::format("{}", line.offset);
      offer_letter(retention, {spool, line.offset, digest64(line.text), 0}, letter,
                   {fmt::format("{}:{}", path, place), letter.failed_at.value_or(stat->modified_at),
                    line.text.size(), 0});
    }
    return !context.stop.is_requested();
  });
}

void DeadLetterPurge::offer_letter(Retention& retention, const Letter& place,
                                   const DeadLetter& letter, RetainedItem item) {
  item.tag = m_first_tag + m_letters.size();
  m_letters.push_back(place);
  retention.offer(std::move(item), [&](JsonWriter& json) { add_letter_facts(json, letter); });
}

void DeadLetterPurge::read_rows(Retention& retention) {
  const Context& context = m_run.context();
  m_database = shared_database_path(context.settings);
  if (!context.fs.stat(real_database_path(m_database))) {
    return;
  }
  Database database(m_database, m_run.looking_options(), context.clock, context.stop);
  if (database.query_integer("SELECT count(*) FROM sqlite_schema WHERE name = 'menacedb_dead'") ==
      0) {
    return;
  }
  DeadRows rows(database);
  for (std::int64_t last = 0; !context.stop.is_requested();) {
    std::vector<DeadRow> page = rows.page(last, k_rows_read_at_once);
    if (page.empty()) {
      break;
    }
    last = page.back().id;
    for (DeadRow& row : page) {
      add_row(retention, std::move(row));
    }
  }
}

void DeadLetterPurge::add_row(Retention& retention, DeadRow&& row) {
  if (row.state != DeadState::dead) {
    m_former.push_back({row.id, row.failed_at, row.line.size()});
    return;
  }
  if (const auto found = m_files.find(Place(row.place.segment, row.place.offset));
      found != m_files.end()) {
    m_letters[found->second].row = row.id;
    return;
  }
  const std::int64_t id = row.id;
  const Bytes size = row.line.size();
  const Instant failed_at = row.failed_at;
  const DeadLetter letter = to_letter(std::move(row));
  offer_letter(retention, {{}, 0, 0, id}, letter,
               {fmt::format("{}:{}", m_database, id), failed_at, size, 0});
}

void DeadLetterPurge::choose(const RetainedItem& item) {
  m_chosen.push_back(item.tag - m_first_tag);
  m_run.act(item.name, item.bytes, [] { return true; }); // all at once, in carry_out()
}

void DeadLetterPurge::choose_former(Duration age) {
  for (const Former& former : m_former) {
    if (m_run.is_due(former.failed_at, age)) {
      m_chosen_former.push_back(former.row);
      m_run.act(fmt::format("{}:{}", m_database, former.row), former.bytes, [] { return true; });
    }
  }
}

std::vector<std::int64_t> DeadLetterPurge::chosen_rows() const {
  std::vector<std::int64_t> rows = m_chosen_former;
  for (const std::size_t index : m_chosen) {
    if (m_letters[index].row != 0) {
      rows.push_back(m_letters[index].row);
    }
  }
  return rows;
}

void DeadLetterPurge::delete_rows() {
  write_in_small_pieces(m_run.context(), m_database, chosen_rows(),
                        [](Database& database, std::span<const std::int64_t> ids) {
                          DeadRows(database).forget(ids);
                        });
}

void DeadLetterPurge::carry_out() {
  if (m_run.is_dry_run()) {
    return;
  }
  delete_rows();
  for (const std::size_t index : m_chosen) {
    const Letter& letter = m_letters[index];
    if (letter.spool) {
      m_spools[*letter.spool].taken.add(letter.offset, letter.digest);
    }
  }
  for (const SpoolLines& spool : m_spools) {
    if (!spool.taken.is_empty()) {
      DeadLetterFile(m_run.context().fs, spool.failed_path)
          .rewrite([&](const DeadLetterFile::Line& line) { return !spool.taken.has(line); });
    }
  }
}

} // namespace menacedb
