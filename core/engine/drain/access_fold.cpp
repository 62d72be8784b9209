#include "core/engine/drain/access_fold.hpp"

#include "core/queue/access_tally.hpp"
#include "core/store/access_rows.hpp"

namespace menacedb {

void fold_accesses(const Context& context, Spool& spool, SqliteStore& store) {
  AccessTally tally(context.fs, context.clock, spool);
  if (!tally.is_large()) {
    return;
  }
  const std::optional<std::string> id = spool.id();
  if (!id) {
    return;
  }
  AccessRows rows(store.database());
  const std::uint64_t folded = rows.folded(*id);
  if (!tally.is_ready_or_set_aside(folded)) {
    return;
  }
  const AccessCounts counts = tally.aside(folded + 1);
  store.write([&] {
    rows.add(counts);
    rows.note_folded(*id);
  });
  tally.remove(folded + 1);
}

} // namespace menacedb
