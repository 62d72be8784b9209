#pragma once

#include "core/engine/cleanup/cleanup_run.hpp"
#include "core/engine/taken_lines.hpp"
#include "core/model/segment_id.hpp"
#include "core/store/dead_rows.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace menacedb {

// Deletes dead letters of the row queues from the home store and from queue.failed.jsonl. The rows
// go first: a crash in between leaves lines that the next purge finds as old as this one did. Rows
// of letters that were queued again or discarded are no letters any more: they go by their age.
// What is no dead letter in the file stays. Not thread-safe.
class DeadLetterPurge {
public:
  // The run is borrowed.
  explicit DeadLetterPurge(CleanupRun& run) : m_run(run) {}

  // Offers all letters there are, with tags from `first_tag` on.
  void offer(Retention& retention, std::uint64_t first_tag);
  // This letter is to go.
  void choose(const RetainedItem& item);
  // Rows of former letters that are at least so old are to go, too.
  void choose_former(Duration age);
  void carry_out();

private:
  using Place = std::pair<SegmentId, Bytes>;
  struct Letter {
    std::optional<std::size_t> spool{}; // in m_spools; none: only in the store
    Bytes offset = 0;                   // in its file
    std::uint64_t digest = 0;           // of its line
    std::int64_t row = 0;               // 0: only in the file
  };
  struct SpoolLines {
    std::string failed_path;
    TakenLines taken;
  };
  struct Former {
    std::int64_t row = 0;
    Instant failed_at;
    Bytes bytes = 0;
  };

  void read_file(Retention& retention, const std::string& directory);
  void read_rows(Retention& retention);
  void add_row(Retention& retention, DeadRow&& row);
  void offer_letter(Retention& retention, const Letter& place, const DeadLetter& letter,
                    RetainedItem item);
  [[nodiscard]] std::vector<std::int64_t> chosen_rows() const;
  void delete_rows();

  CleanupRun& m_run;
  std::string m_database;
  std::uint64_t m_first_tag = 0;
  std::vector<Letter> m_letters;        // by tag, less the first one
  std::map<Place, std::size_t> m_files; // letters of files, by where their entries stood
  std::vector<SpoolLines> m_spools;
  std::vector<Former> m_former;
  std::vector<std::size_t> m_chosen; // letters
  std::vector<std::int64_t> m_chosen_former;
};

} // namespace menacedb
