#pragma once

#include "core/engine/cleanup/cleanup.hpp"

namespace menacedb {

// The kinds of cleaning of files, one .cpp each. They touch regular files whose names are ours and
// nothing else: no symlinks, no folders, no foreign names.

// Claims of a dead drain of the directory queue go back to pending/.
[[nodiscard]] CleanupResult clean_orphans(const Context& context, const CleanupOptions& options);
// Applied entries of the directory queue go to archive/<date>/, packed when so configured.
[[nodiscard]] CleanupResult clean_completed(const Context& context, const CleanupOptions& options);
// Archived entries of all queues are deleted.
[[nodiscard]] CleanupResult clean_archive(const Context& context, const CleanupOptions& options);
// Entries of the directory queue that failed long ago are deleted, and so are dead letters.
[[nodiscard]] CleanupResult clean_failed(const Context& context, const CleanupOptions& options);
// Rotated audit logs are deleted.
[[nodiscard]] CleanupResult clean_audit(const Context& context, const CleanupOptions& options);
// The worker's log and queue.log.bak are rotated where they are large, and packed; old generations
// are deleted.
[[nodiscard]] CleanupResult clean_logs(const Context& context, const CleanupOptions& options);
// Jobs that are over are deleted.
[[nodiscard]] CleanupResult clean_jobs(const Context& context, const CleanupOptions& options);
// Queue files that nobody uses are taken away.
[[nodiscard]] CleanupResult clean_idle(const Context& context, const CleanupOptions& options);
// Files that processes were writing when they died are deleted.
[[nodiscard]] CleanupResult clean_temporary(const Context& context, const CleanupOptions& options);

} // namespace menacedb
