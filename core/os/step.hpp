#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace menacedb {

// Every named point at which a crash test kills the process. The order is that of the operations.
enum class Step {
  append_opened,
  append_locked,
  append_tail_repaired,
  append_written,
  append_synced,
  seal_locked,
  seal_created,
  seal_exchanged,
  seal_synced,
  identity_set,
  claim_read,
  apply_begun,
  apply_rows,
  apply_ledger,
  group_joined,
  commit_before,
  commit_after,
  flat_archived,
  export_written,
  export_synced,
  settle_archived,
  settle_synced,
  settle_folded,
  outbox_applied,
  outbox_removed,
  replay_appended,
  replay_backed_up,
  replay_rewritten,
  dir_written,
  dir_queued,
  dir_queued_synced,
  dir_claimed,
  dir_orphan_returned,
  dir_failure_written,
  dir_settled,
  dir_replayed,
  backup_copied,
  backup_named,
  backup_described,
  backup_published,
  restore_prepared,
  restore_replayed,
  restore_saved,
  restore_set_aside,
  restore_cleared,
  restore_replaced,
  restore_checked,
};

// The last step of a queue's life; those behind it are of backups and restores.
inline constexpr Step k_last_queue_step = Step::dir_replayed;

inline constexpr auto k_step_names = std::to_array<std::string_view>(
    {"append-opened",       "append-locked",       "append-tail-repaired", "append-written",
     "append-synced",       "seal-locked",         "seal-created",         "seal-exchanged",
     "seal-synced",         "identity-set",        "claim-read",           "apply-begun",
     "apply-rows",          "apply-ledger",        "group-joined",         "commit-before",
     "commit-after",        "flat-archived",       "export-written",       "export-synced",
     "settle-archived",     "settle-synced",       "settle-folded",        "outbox-applied",
     "outbox-removed",      "replay-appended",     "replay-backed-up",     "replay-rewritten",
     "dir-written",         "dir-queued",          "dir-queued-synced",    "dir-claimed",
     "dir-orphan-returned", "dir-failure-written", "dir-settled",          "dir-replayed",
     "backup-copied",       "backup-named",        "backup-described",     "backup-published",
     "restore-prepared",    "restore-replayed",    "restore-saved",        "restore-set-aside",
     "restore-cleared",     "restore-replaced",    "restore-checked"});
static_assert(k_step_names.size() == static_cast<std::size_t>(Step::restore_checked) + 1);

} // namespace menacedb
