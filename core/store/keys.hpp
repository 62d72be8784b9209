#pragma once

#include "core/db/database.hpp"
#include "core/db/lazy_statement.hpp"

#include <optional>
#include <string_view>

namespace menacedb {

// The keys of entries that were applied (menacedb_key): what makes a key idempotent within the
// horizon. Failures are not remembered, so that a corrected entry may use the key again. Changes
// run inside the caller's transaction. Table names ignore ASCII case, as in SQLite.
class Keys {
public:
  explicit Keys(Database& database);

  // When an entry with this key was applied; none when that never was, or has been forgotten.
  [[nodiscard]] std::optional<Instant> decided_at(std::string_view table, std::string_view key);
  void remember(std::string_view table, std::string_view key, Instant now);
  void forget(std::string_view table, std::string_view key);
  // Deletes up to `limit` keys decided before `horizon`.
  void purge(Instant horizon, std::size_t limit);

private:
  LazyStatement m_find;
  LazyStatement m_remember;
  LazyStatement m_forget;
  LazyStatement m_purge;
};

} // namespace menacedb
