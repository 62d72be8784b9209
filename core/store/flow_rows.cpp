#include "core/store/flow_rows.hpp"

#include <string>

namespace menacedb {

FlowRows::FlowRows(Database& database)
    : m_read(database, "SELECT value FROM menacedb_meta WHERE name = 'flow'"),
      m_write(database, "INSERT INTO menacedb_meta(name, value) VALUES('flow', ?1) "
                        "ON CONFLICT(name) DO UPDATE SET value = excluded.value") {}

Flow FlowRows::read() {
  const StatementUse use = m_read.use();
  return use->step() ? decode_flow(use->blob(0)) : Flow();
}

void FlowRows::add(const Flow& flow, Instant now) {
  Flow sum = read();
  sum.merge(flow);
  sum.minute.forget_others(now);
  sum.hour.forget_others(now);
  const std::string bytes = encode_flow(sum);
  const StatementUse use = m_write.use();
  use->bind_blob(1, bytes).run();
}

} // namespace menacedb
