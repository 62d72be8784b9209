#include "cli/commands/commands.hpp"

namespace menacedb {
namespace {

constexpr const CommandSpec* k_commands[] = {
    &k_init_command,          &k_enqueue_command,       &k_sync_command,
    &k_replay_failed_command, &k_route_command,         &k_query_command,
    &k_status_command,        &k_worker_command,        &k_jobs_command,
    &k_locks_command,         &k_stats_command,         &k_checkpoint_command,
    &k_verify_command,        &k_backup_command,        &k_restore_command,
    &k_cleanup_command,       &k_audit_analyse_command, &k_check_connections_command,
    &k_config_command,        &k_hook_command,          &k_completion_command};

} // namespace

std::span<const CommandSpec* const> all_commands() noexcept {
  return k_commands;
}

} // namespace menacedb
