#pragma once

#include <string_view>

namespace menacedb {

// What the SQL of a schema says that makes a refused statement leave something behind. Each word
// counts only as a word of SQL, not in names in quotes, texts and comments.
struct SqlHazards {
  bool leaves_partial_effects = false; // FAIL: what the statement did before it failed stays
  bool defers_foreign_keys = false;    // DEFERRABLE, DEFERRED: a violation shows at COMMIT only

  [[nodiscard]] bool needs_savepoints() const noexcept {
    return leaves_partial_effects || defers_foreign_keys;
  }
};

// Adds what one CREATE statement says.
void find_hazards(SqlHazards& hazards, std::string_view sql);

} // namespace menacedb
