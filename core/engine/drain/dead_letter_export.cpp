#include "core/engine/drain/dead_letter_export.hpp"

#include "core/queue/dead_letters.hpp"

namespace menacedb {
namespace {

constexpr std::size_t k_rows_at_once = 1000;

} // namespace

DeadLetter to_letter(DeadRow&& row) {
  DeadLetter letter;
  letter.row = row.id;
  letter.line = std::move(row.line);
  letter.error = std::move(row.fault.message);
  letter.code = std::move(row.fault.code);
  letter.table = std::move(row.table);
  letter.origin = std::move(row.origin);
  letter.queue = lane_file_name(row.place.lane);
  letter.segment = std::move(row.place.segment);
  letter.offset = row.place.offset;
  letter.attempts = row.attempts;
  letter.failed_at = row.failed_at;
  letter.is_truncated = row.is_truncated;
  return letter;
}

DeadLetterExport::DeadLetterExport(const Context& context, SqliteStore& store, Spool& spool,
                                   Hooks* hooks)
    : m_fs(context.fs), m_triage(context, store, hooks), m_store(store), m_spool(spool) {}

void DeadLetterExport::note_spool(const std::string& id) {
  if (m_noted == id) {
    return;
  }
  DeadRows& rows = m_store.dead_rows();
  const std::string path = real_database_path(m_spool.directory());
  if (!rows.is_noted(id, path)) {
    m_store.write([&] { rows.note_spool(id, path); });
  }
  m_noted = id;
}

Triaged DeadLetterExport::run() {
  Triaged triaged;
  const std::optional<std::string> spool = m_spool.id();
  if (!spool) {
    return triaged; // nothing was ever sealed or marked here, so no row can name this spool
  }
  DeadRows& rows = m_store.dead_rows();
  DeadLetterFile file(m_fs, m_spool.failed_path());
  for (;;) {
    std::vector<DeadLetter> letters;
    std::vector<std::int64_t> ids;
    std::vector<DeadRow> page = rows.unexported(*spool, k_rows_at_once);
    if (page.empty()) {
      return triaged;
    }
    triaged.add(m_triage.run(page));
    for (DeadRow& row : page) {
      ids.push_back(row.id);
      letters.push_back(to_letter(std::move(row)));
    }
    if (letters.empty()) {
      continue; // the hook took them all
    }
    const Bytes size = file.append(letters, rows.known_size(*spool));
    m_store.write([&] { rows.mark_exported(ids, *spool, size); });
  }
}

} // namespace menacedb
