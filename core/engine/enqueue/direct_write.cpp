#include "core/engine/enqueue/direct_write.hpp"

#include "core/engine/access_trail.hpp"
#include "core/engine/applied_groups.hpp"
#include "core/engine/retry_busy.hpp"
#include "core/engine/table_policy.hpp"
#include "core/queue/codec.hpp"
#include "core/store/sqlite_store.hpp"

#include <vector>

namespace menacedb {
namespace {

Batch decode(const DirectWrite& write) {
  Batch batch;
  batch.is_direct = true;
  batch.destinations.emplace_back();
  batch.texts.push_back(std::make_unique<std::string>(write.lines));
  std::string_view rest = *batch.texts.back();
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    decode_line(batch, rest.substr(0, end), 0, end + 1, k_no_slice, {});
    rest.remove_prefix(end + 1);
  }
  for (Entry& entry : batch.entries) {
    entry.not_before.reset(); // written now; there is no queue to wait in
  }
  return batch;
}

void leave_trail(const Context& context, const DirectWrite& write, const Batch& batch,
                 const Outcomes& outcomes) {
  std::vector<Access> accesses;
  for (const AppliedGroup& group : group_applied(batch, outcomes)) {
    accesses.push_back(
        {group.origin, group.table, op_word(group.op), write.placement, group.entries});
  }
  AccessTrail(context).note(accesses);
}

Applied apply_once(const Context& context, const DirectWrite& write) {
  SqliteStore store(context.fs, context.clock, context.log, context.stop,
                    table_store_options(context.settings, write.database));
  Batch batch = decode(write);
  Applied applied = store.apply(batch);
  leave_trail(context, write, batch, applied.outcomes);
  store.checkpoint_if_large();
  return applied;
}

} // namespace

Outcomes write_directly(const Context& context, const DirectWrite& write) {
  Outcomes outcomes;
  retry_busy(context, [&] { outcomes = apply_once(context, write).outcomes; });
  return outcomes;
}

} // namespace menacedb
