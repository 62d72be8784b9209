#pragma once

#include "core/db/database.hpp"
#include "core/db/lazy_statement.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// A job with a unique key that is not over.
struct KeyedJob {
  std::int64_t id = 0;
  std::string type;
  bool is_pending = false; // else it runs
  std::uint64_t attempts = 0;
  Instant not_before{};
};

// The jobs of a table by their unique keys. Changes are for a transaction of the caller's, who
// holds the writer lock. The schema must be prepared. Not thread-safe.
class JobKeys {
public:
  explicit JobKeys(Database& database);

  // The one of a type that is pending or running.
  [[nodiscard]] std::optional<KeyedJob> find(std::string_view type, std::string_view key);
  // All pending ones whose key begins so.
  [[nodiscard]] std::vector<KeyedJob> pending(std::string_view key_prefix);
  // Nothing happens to one that is not pending any more.
  void move(std::int64_t id, Instant not_before);
  void remove(std::int64_t id);

private:
  LazyStatement m_find;
  LazyStatement m_pending;
  LazyStatement m_move;
  LazyStatement m_remove;
};

} // namespace menacedb
