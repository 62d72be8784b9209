#include "core/engine/table_policy.hpp"

#include "core/engine/database_options.hpp"
#include "core/engine/row_rule.hpp"
#include "core/engine/sql_policy.hpp"
#include "core/model/priority.hpp"

#include <algorithm>

namespace menacedb {
namespace {

// Empty when no table may grow, so that rows are not looked at for it.
GrowthRule table_growth(const Settings& settings) {
  const bool any = std::ranges::any_of(settings.tables(), [](const auto& named) {
    return named.second.creates || named.second.alters;
  });
  if (!any) {
    return {};
  }
  return [&settings](std::string_view table) {
    const auto found = settings.tables().find(table);
    return found == settings.tables().end()
               ? Growth()
               : Growth{.creates = found->second.creates, .alters = found->second.alters};
  };
}

} // namespace

Dedup table_dedup(const Settings& settings, std::string_view table) {
  const auto found = settings.tables().find(table);
  if (found == settings.tables().end() || found->second.dedup.empty()) {
    return {};
  }
  const TableSettings& policy = found->second;
  if (policy.dedup_is_columns) {
    return {DedupKind::columns, policy.dedup};
  }
  if (policy.dedup.front() == "content") {
    return {DedupKind::content, {}};
  }
  if (policy.dedup.front() == "none") {
    return {DedupKind::none, {}};
  }
  return {};
}

SqliteStoreOptions table_store_options(const Settings& settings, const std::string& path) {
  SqliteStoreOptions options;
  options.path = path;
  options.busy_timeout = settings.duration("databases.busy_timeout");
  options.lock_patience = writer_patience(settings);
  options.key_horizon = settings.duration("queue.key_horizon");
  options.cache_size = settings.bytes("sync.cache_size");
  options.wal_limit = settings.bytes("databases.wal_limit");
  options.dedup = [&settings](std::string_view table) { return table_dedup(settings, table); };
  options.growth = table_growth(settings);
  options.sql_policy = [&settings, path] { return make_sql_policy(settings, path); };
  options.row_rule = row_rule(settings, path);
  return options;
}

int table_priority(const Settings& settings, std::string_view table) {
  const auto found = settings.tables().find(table);
  return found == settings.tables().end() ? k_default_priority
                                          : found->second.priority.value_or(k_default_priority);
}

} // namespace menacedb
