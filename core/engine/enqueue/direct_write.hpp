#pragma once

#include "core/engine/context.hpp"
#include "core/model/batch.hpp"
#include "core/policy/router.hpp"

#include <string>
#include <string_view>

namespace menacedb {

// Writes entries to a database at once, in one transaction, by the drain's own way of applying
// them: the same types, dedup and keys, but no queue: an entry that cannot be applied is the
// caller's error and leaves no dead letter.
struct DirectWrite {
  std::string database;
  std::string lines; // as they would stand in the queue, each with its newline
  Placement placement = Placement::shared; // of their tables, for the trail they leave
};

// Retries a busy database as a whole ([retry]); then throws Error, kind busy, with nothing written.
// An entry that cannot be applied is in the outcomes' failures; the others are written all the
// same.
[[nodiscard]] Outcomes write_directly(const Context& context, const DirectWrite& write);

} // namespace menacedb
