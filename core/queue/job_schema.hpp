#pragma once

#include "core/db/database.hpp"

#include <string>

namespace menacedb {

// The table sync_jobs and its index as the old document has them, and what we add: columns that
// programs which do not know them need not fill in, two partial indices, and menacedb_jobs_meta
// with the random id of the queue. A table that is there already keeps its rows and columns.

// Whether nothing is missing; takes no lock, creates nothing.
[[nodiscard]] bool has_job_schema(Database& database);
// Whether there is a table sync_jobs at all.
[[nodiscard]] bool has_job_table(Database& database);
// Makes what is missing, in one transaction. Throws config, code "jobs-table", when a table or view
// of that name cannot be a job table. The caller holds the writer lock.
void prepare_job_schema(Database& database);
// The random id of this queue, for ledgers in other databases.
[[nodiscard]] std::string job_queue_id(Database& database);

} // namespace menacedb
