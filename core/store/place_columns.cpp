#include "core/store/place_columns.hpp"

#include "core/db/sql_values.hpp"

namespace menacedb {

void bind_place(Statement& statement, int first_parameter, const EntryPlace& place) {
  statement.bind(first_parameter, std::string_view(place.segment.spool))
      .bind(first_parameter + 1, to_sql(place.segment.sequence))
      .bind(first_parameter + 2, to_sql(place.offset))
      .bind(first_parameter + 3, std::string_view(place.lane.name))
      .bind(first_parameter + 4, std::int64_t{place.lane.priority});
}

EntryPlace read_place(const Statement& statement, int first_column) {
  EntryPlace place;
  place.segment.spool = statement.text(first_column);
  place.segment.sequence = unsigned_from_sql(statement.integer(first_column + 1));
  place.offset = unsigned_from_sql(statement.integer(first_column + 2));
  place.lane.name = statement.text(first_column + 3);
  place.lane.priority = static_cast<int>(statement.integer(first_column + 4));
  return place;
}

} // namespace menacedb
