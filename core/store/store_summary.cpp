#include "core/store/store_summary.hpp"

#include "core/db/sql_values.hpp"
#include "core/store/flow_rows.hpp"

namespace menacedb {

StoreSummary read_store_summary(Database& database) {
  StoreSummary summary;
  summary.values = StatsRows(database).values();
  summary.totals = totals_in(summary.values);
  Statement counts =
      database.prepare("SELECT (SELECT count(*) FROM menacedb_dead WHERE state = 'dead'), "
                       "(SELECT count(*) FROM menacedb_dead WHERE state = 'replayed') "
                       "+ coalesce((SELECT value FROM menacedb_meta "
                       "WHERE name = 'dead_forgotten:replayed'), 0), "
                       "(SELECT count(*) FROM menacedb_deferred), "
                       "(SELECT count(*) FROM menacedb_outbox)");
  counts.step();
  summary.dead = unsigned_from_sql(counts.integer(0));
  summary.replayed = unsigned_from_sql(counts.integer(1));
  summary.deferred = unsigned_from_sql(counts.integer(2));
  summary.forwarded = unsigned_from_sql(counts.integer(3));
  return summary;
}

Flow read_flow(Database& database) {
  return FlowRows(database).read();
}

} // namespace menacedb
