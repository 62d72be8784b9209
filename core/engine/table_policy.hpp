#pragma once

#include "core/config/settings.hpp"
#include "core/store/sqlite_store.hpp"

#include <string_view>

namespace menacedb {

// What [tables.NAME] says for the store and the queue. `settings` must outlive what is returned.
[[nodiscard]] Dedup table_dedup(const Settings& settings, std::string_view table);
// Options for opening a store at `path` as the settings want it, with each table's dedup and the
// router's word on tables that rows reach.
[[nodiscard]] SqliteStoreOptions table_store_options(const Settings& settings,
                                                     const std::string& path);
[[nodiscard]] int table_priority(const Settings& settings, std::string_view table);

} // namespace menacedb
