#pragma once

#include "core/db/database.hpp"
#include "core/db/lazy_statement.hpp"
#include "core/model/entry.hpp"
#include "core/store/entry_place.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

enum class DeadState { dead, replayed, discarded };
[[nodiscard]] std::string_view dead_state_word(DeadState state) noexcept;

// One row of menacedb_dead: an entry that cannot be applied, with its error.
struct DeadRow {
  std::int64_t id = 0;
  EntryPlace place;
  std::string origin;
  std::string table;
  std::string entry_id;
  std::string line; // verbatim
  bool is_truncated = false;
  Fault fault;
  std::uint64_t attempts = 0;
  Instant failed_at;
  DeadState state = DeadState::dead;
};

// What a new row is made of; the views need to live for the call only.
struct NewDeadRow {
  const EntryPlace& place;
  std::string_view origin;
  std::string_view table;
  std::string_view entry_id;
  std::string_view line;
  bool is_truncated = false;
  const Fault& fault;
  std::uint64_t attempts = 0;
  Instant failed_at;
};

struct DeadFilter {
  std::string_view table; // empty: all
  std::string_view error; // a substring of the error, ASCII case ignored; empty: all
  std::size_t limit = 0;  // 0: no limit
};

// Dead letters of one table with one error.
struct DeadGroup {
  std::string error;
  std::string table;
  std::uint64_t count = 0;
  Instant first_at;
  Instant last_at;
  std::string sample; // the line of the newest
};

// The dead letters of a store. Calls that change something run inside the caller's transaction
// (SqliteStore::write). Reads need only the schema, so `status` may use it on a read-only
// connection.
class DeadRows {
public:
  explicit DeadRows(Database& database);

  // A second row for the same place replaces the first and is exported again.
  void add(const NewDeadRow& row);

  // Remembers where the spool lies, for when it gets another id: its lost state file is replaced by
  // a new one, and the letters under the earlier id still belong there.
  [[nodiscard]] bool is_noted(std::string_view spool, std::string_view path);
  void note_spool(std::string_view spool, std::string_view path);
  // Rows that queue.failed.jsonl of this spool does not hold yet as far as is known, in order of
  // failure; also those under earlier ids of the spool. Rows of direct writes belong to every
  // spool.
  [[nodiscard]] std::vector<DeadRow> unexported(std::string_view spool, std::size_t limit);
  // `file_size`: what DeadLetterFile::append answered.
  void mark_exported(std::span<const std::int64_t> ids, std::string_view spool, Bytes file_size);
  // Where the dead letters of the spool stand that its failed file holds, as far as is known;
  // sorted.
  struct Spot {
    std::uint64_t sequence = 0;
    Bytes offset = 0;
    friend auto operator<=>(const Spot&, const Spot&) = default;
  };
  [[nodiscard]] std::vector<Spot> exported(std::string_view spool);
  // The size of the spool's failed file up to which everything in it is marked; 0 when unknown.
  [[nodiscard]] Bytes known_size(std::string_view spool);
  void set_known_size(std::string_view spool, Bytes file_size);

  [[nodiscard]] std::uint64_t count(DeadState state);
  [[nodiscard]] std::vector<DeadRow> list(const DeadFilter& filter); // state dead, oldest first
  [[nodiscard]] std::vector<DeadGroup> groups(const DeadFilter& filter);
  [[nodiscard]] std::optional<DeadRow> find_entry(std::string_view entry_id); // the newest
  // Rows in whatever state with ids above `after`, in order.
  [[nodiscard]] std::vector<DeadRow> page(std::int64_t after, std::size_t limit);
  // Deletes rows, and counts them in menacedb_meta: totals go on without them.
  void forget(std::span<const std::int64_t> ids);
  // False: there is no such row in state dead.
  bool mark(const SegmentId& segment, Bytes offset, DeadState state);
  bool mark(std::int64_t row, DeadState state); // and never exported

private:
  Database& m_database;
  LazyStatement m_is_noted;
  LazyStatement m_note_spool;
  LazyStatement m_add;
  LazyStatement m_unexported;
  LazyStatement m_mark_exported;
  LazyStatement m_exported;
  LazyStatement m_known_size;
  LazyStatement m_set_known_size;
  LazyStatement m_count;
  LazyStatement m_list;
  LazyStatement m_groups;
  LazyStatement m_find_entry;
  LazyStatement m_mark;
  LazyStatement m_mark_row;
  LazyStatement m_page;
  LazyStatement m_tally;
  LazyStatement m_forget;
};

} // namespace menacedb
