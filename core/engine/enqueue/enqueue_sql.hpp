#pragma once

#include "core/engine/context.hpp"
#include "core/engine/enqueue/enqueue.hpp"
#include "core/queue/dir_spool.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// What the user asked for besides the SQL.
struct SqlEnqueueOptions {
  std::string params; // a JSON array; empty: none
  std::string operation = "generic";
  std::string metadata; // a JSON object; empty: none
  std::string key;
  std::string db; // shared, local, or the path of [dir_queue] database; empty: by the settings
  std::optional<int> priority;
  std::optional<Duration> delay;
  bool to_rows = false;  // into the row queue, as a line of its
  bool to_table = false; // into the job table
  bool durable = false;
  bool direct = false;        // write to the database at once
  bool keeps_outcome = false; // somebody waits: without a key, the id becomes the key
  bool dry_run = false;
};

// The database that the SQL entry of this line is for. Throws bad_input when nobody may say.
[[nodiscard]] std::string sql_target(const Context& context, std::string_view line);

// Takes SQL writes from producers: checks them for form and puts each into the directory queue, or
// writes it to its database where that is asked for ([dir_queue] enabled = false asks, too) or the
// only way left. Whether the SQL is right shows when it is applied. Not thread-safe.
class SqlEnqueuer {
public:
  SqlEnqueuer(const Context& context, SqlEnqueueOptions options);

  // Throws Error: bad_input "sql-empty", or when the entry is neither queued nor written.
  Enqueued enqueue(std::string_view sql);

private:
  Enqueued queue_file(const Enqueued& entry, std::string_view sql);
  Enqueued queue_line(const Enqueued& entry, std::string_view sql);
  Enqueued queue_row(const Enqueued& entry, std::string_view sql);
  Enqueued write_past(Enqueued entry, std::string_view sql);
  // What the statements would do, undone.
  void rehearse(const std::string& database, const std::string& line);

  Context m_context;
  SqlEnqueueOptions m_options;
  DirSpool m_spool;
  Instant m_now;
};

} // namespace menacedb
