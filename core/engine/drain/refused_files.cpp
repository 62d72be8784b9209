#include "core/engine/drain/refused_files.hpp"

#include "core/queue/dir_entry.hpp"
#include "core/queue/dir_name.hpp"

#include <limits>
#include <optional>
#include <string>

namespace menacedb {
namespace {

int priority_of(std::string_view text) {
  JsonTape tape;
  const auto parsed = tape.parse(text, 1);
  const auto node = parsed.fault ? std::nullopt : tape.find(parsed.root, "priority");
  const bool is_number = node && tape.at(*node).type == JsonType::integer &&
                         tape.at(*node).integer >= 0 &&
                         tape.at(*node).integer <= std::numeric_limits<int>::max();
  return is_number ? static_cast<int>(tape.at(*node).integer) : k_default_priority;
}

} // namespace

RefusedFiles::RefusedFiles(const Context& context)
    : m_context(context),
      m_spool(context.fs, context.settings.text("dir_queue.dir")),
      m_settler(m_context.fs, m_context.clock, m_spool) {}

bool RefusedFiles::take(SqliteStore& home, const OutboxRow& row, const Fault& fault) {
  const std::string& spool = row.place.segment.spool;
  if (row.place.segment.sequence != 0 || spool.empty() || m_spool.known_id() != spool) {
    return false;
  }
  Batch batch;
  decode_dir_entry(batch, row.line, {});
  const Entry& entry = batch.entries.front();
  if (entry.sequence.empty()) {
    return false;
  }
  m_settler.revoke(format_dir_name(priority_of(row.line), entry.sequence), row.line, fault);
  home.write([&] {
    if (home.outbox().remove(row.id)) {
      home.entries().add_dead(spool, batch.files.front().ledger_id, fault, m_context.clock.now());
      StoreTotals totals{.failed = 1, .dir_failed = 1};
      totals.dir_processed -= 1; // it was counted when it left its queue
      home.stats().add(totals);
    }
  });
  return true;
}

} // namespace menacedb
