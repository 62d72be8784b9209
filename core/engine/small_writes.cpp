#include "core/engine/small_writes.hpp"

#include "core/db/transaction.hpp"
#include "core/db/writer_lock.hpp"
#include "core/engine/database_options.hpp"

#include <algorithm>

namespace menacedb {
namespace {

constexpr std::size_t k_at_once = 200; // a few milliseconds

} // namespace

void write_in_small_pieces(
    const Context& context, const std::string& database, std::span<const std::int64_t> ids,
    const std::function<void(Database&, std::span<const std::int64_t>)>& write) {
  if (ids.empty()) {
    return;
  }
  DatabaseOptions options;
  options.busy_timeout = context.settings.duration("databases.busy_timeout");
  Database connection(database, options, context.clock, context.stop);
  while (!ids.empty() && !context.stop.is_requested()) {
    const auto some = ids.first(std::min(ids.size(), k_at_once));
    const Duration began = context.clock.monotonic();
    {
      const WriterLock writer(context.fs, context.clock, database,
                              writer_patience(context.settings), context.stop);
      Transaction transaction(connection);
      write(connection, some);
      transaction.commit();
    }
    ids = ids.subspan(some.size());
    context.clock.sleep(std::min<Duration>(context.clock.monotonic() - began,
                                           context.settings.duration("sync.max_write_lock")));
  }
}

} // namespace menacedb
