#pragma once

#include <string>
#include <vector>

namespace menacedb {

enum class DedupKind { automatic, content, none, columns };

// How the rows of a table are deduplicated (CONTRACTS section 0).
struct Dedup {
  DedupKind kind = DedupKind::automatic;
  std::vector<std::string> columns; // of DedupKind::columns
};

} // namespace menacedb
