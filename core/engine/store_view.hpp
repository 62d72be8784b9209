#pragma once

#include "core/db/database.hpp"
#include "core/engine/context.hpp"

#include <memory>
#include <string>

namespace menacedb {

// The store of a database, to look into without a trace and without waiting for a lock; null when
// that would leave one, or no drain has prepared the database. Throws as Database() does.
[[nodiscard]] std::unique_ptr<Database> view_store(const Context& context, const std::string& path);

} // namespace menacedb
