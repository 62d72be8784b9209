#include "core/engine/store_view.hpp"

#include "core/base/error.hpp"
#include "core/store/store_schema.hpp"

namespace menacedb {
namespace {

std::unique_ptr<Database> open_view(const Context& context, const std::string& path,
                                    const DatabaseOptions& options) {
  try {
    auto database = std::make_unique<Database>(path, options, context.clock, context.stop);
    (void)has_store_schema(*database); // reading is what can fail
    return database;
  } catch (const Error& error) {
    if (error.code() == "wal-closed") {
      return nullptr;
    }
    throw;
  }
}

} // namespace

std::unique_ptr<Database> view_database(const Context& context, const std::string& path) {
  DatabaseOptions options;
  options.read_only = true;
  options.accepts_snapshot = true;
  options.leaves_shm_alone = true; // to build it anew costs more than all the rest
  options.busy_timeout = Duration::zero();
  try {
    return open_view(context, path, options);
  } catch (const Error& error) {
    if (error.code() != "read-only") {
      throw;
    }
    options.leaves_shm_alone = false;
    return open_view(context, path, options);
  }
}

std::unique_ptr<Database> view_store(const Context& context, const std::string& path) {
  std::unique_ptr<Database> database = view_database(context, path);
  return database && has_store_schema(*database) ? std::move(database) : nullptr;
}

} // namespace menacedb
