#pragma once

#include "core/db/database.hpp"
#include "core/engine/context.hpp"

#include <memory>
#include <string>

namespace menacedb {

// A database to look into without a trace and without waiting for a lock; null when looking would
// leave one. Throws as Database() does.
[[nodiscard]] std::unique_ptr<Database> view_database(const Context& context,
                                                      const std::string& path);
// The same, also null when no drain has prepared the database.
[[nodiscard]] std::unique_ptr<Database> view_store(const Context& context, const std::string& path);

} // namespace menacedb
