#include "core/engine/drain/entry_home.hpp"

#include "core/engine/places.hpp"
#include "core/engine/table_policy.hpp"

namespace menacedb {
namespace {

SqliteStoreOptions store_options(const Settings& settings, const EntryHomeOptions& home) {
  SqliteStoreOptions options = table_store_options(
      settings, home.rehearsal_database.empty() ? home.database : home.rehearsal_database);
  options.lock_patience = home.lock_patience;
  options.busy_timeout = home.busy_timeout.value_or(options.busy_timeout);
  options.generation = home.generation;
  return options;
}

Destinations::Options destination_options(const Settings& settings, const EntryHomeOptions& home,
                                          SqliteStore& store) {
  Destinations::Options options;
  options.home_path = real_database_path(home.database);
  const std::string shared = shared_database_path(settings);
  options.shared_path = real_database_path(shared) == options.home_path ? std::string() : shared;
  options.has_table = [&store](std::string_view table) { return store.has_table(table); };
  options.hooks = home.hooks;
  return options;
}

} // namespace

EntryHome::EntryHome(const Context& context, const Router& router, const EntryHomeOptions& options)
    : store(context.fs, context.clock, context.log, context.stop,
            store_options(context.settings, options)),
      destinations(context, router, destination_options(context.settings, options, store)),
      forward(context, store, options.lock_patience) {}

} // namespace menacedb
