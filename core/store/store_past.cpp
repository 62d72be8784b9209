#include "core/store/store_past.hpp"

#include "core/db/sql_values.hpp"
#include "core/store/ledger.hpp"
#include "core/store/sqlite_store.hpp"
#include "core/store/store_schema.hpp"

namespace menacedb {
namespace {

struct PlacedRow {
  std::int64_t id = 0;
  StorePast::Place place;
};

std::vector<PlacedRow> placed_rows(Database& database, std::string_view sql) {
  std::vector<PlacedRow> rows;
  Statement statement = database.prepare(sql);
  while (statement.step()) {
    EntryPlace place;
    place.segment = {std::string(statement.text(1)), unsigned_from_sql(statement.integer(2))};
    place.offset = unsigned_from_sql(statement.integer(3));
    rows.push_back({statement.integer(0), past_place(place, statement.integer(0))});
  }
  return rows;
}

std::vector<PlacedRow> outbox_rows(Database& database) {
  return placed_rows(database,
                     "SELECT id, spool, segment, offset FROM menacedb_outbox ORDER BY id");
}

std::vector<PlacedRow> deferred_rows(Database& database) {
  return placed_rows(database,
                     "SELECT id, spool, segment, offset FROM menacedb_deferred ORDER BY id");
}

} // namespace

StorePast::Place past_place(const EntryPlace& place, std::int64_t row) {
  const bool is_of_segment = place.segment.sequence != 0; // else of a file, or written directly
  return {place.segment.spool, place.segment.sequence,
          is_of_segment ? place.offset : unsigned_from_sql(row)};
}

StorePast read_store_past(Database& database) {
  StorePast past;
  if (!has_store_schema(database)) {
    return past;
  }
  past.is_known = true;
  past.positions = Ledger(database).positions();
  for (PlacedRow& row : outbox_rows(database)) {
    past.undelivered.insert(std::move(row.place));
  }
  for (PlacedRow& row : deferred_rows(database)) {
    past.deferred.insert(std::move(row.place));
  }
  return past;
}

void succeed(SqliteStore& copy, const StorePast& past) {
  copy.write([&] {
    for (const SpoolPosition& position : past.positions) {
      copy.ledger().adopt(position);
    }
    for (const PlacedRow& row :
         past.is_known ? outbox_rows(copy.database()) : std::vector<PlacedRow>()) {
      if (!past.undelivered.contains(row.place)) {
        static_cast<void>(copy.outbox().remove(row.id));
      }
    }
    for (const PlacedRow& row :
         past.is_known ? deferred_rows(copy.database()) : std::vector<PlacedRow>()) {
      if (!past.deferred.contains(row.place)) {
        static_cast<void>(copy.deferred().remove(row.id));
      }
    }
    renew_store_id(copy.database());
  });
}

} // namespace menacedb
