#pragma once

#include "cli/command.hpp"

#include <span>

namespace menacedb {

extern const CommandSpec k_init_command;
extern const CommandSpec k_enqueue_command;
extern const CommandSpec k_sync_command;
extern const CommandSpec k_replay_failed_command;
extern const CommandSpec k_route_command;
extern const CommandSpec k_query_command;
extern const CommandSpec k_status_command;
extern const CommandSpec k_worker_command;
extern const CommandSpec k_jobs_command;
extern const CommandSpec k_locks_command;
extern const CommandSpec k_stats_command;
extern const CommandSpec k_verify_command;
extern const CommandSpec k_checkpoint_command;
extern const CommandSpec k_audit_analyse_command;
extern const CommandSpec k_check_connections_command;
extern const CommandSpec k_backup_command;
extern const CommandSpec k_restore_command;
extern const CommandSpec k_cleanup_command;
extern const CommandSpec k_config_command;
extern const CommandSpec k_hook_command;
extern const CommandSpec k_completion_command;

// In the order in which help lists them.
[[nodiscard]] std::span<const CommandSpec* const> all_commands() noexcept;

} // namespace menacedb
