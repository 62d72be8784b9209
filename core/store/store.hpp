#pragma once

#include "core/model/batch.hpp"

#include <string>

namespace menacedb {

// What one transaction did.
struct Applied {
  // False: another drain decided (part of) the batch first; nothing was changed, claim again.
  bool has_won = false;
  Outcomes outcomes;
  Duration held{}; // how long the write lock was held, commit included
};

// A database that receives entries. apply() decides every entry of the batch in one transaction
// together with the ledger (invariant 1), or throws an Error and decides nothing: busy and other
// faults of the environment are never an entry's (invariant 5).
class Store {
public:
  virtual ~Store() = default;
  [[nodiscard]] virtual Applied apply(Batch& batch) = 0;
};

} // namespace menacedb
