#pragma once

#include "core/engine/drain/dead_letter_export.hpp"
#include "core/engine/drain/drain.hpp"
#include "core/queue/read_ahead.hpp"

namespace menacedb {

// What the parts of Drain share; for nobody else.

struct Drain::Spooled {
  JsonlQueue queue;
  ReadAhead ahead;
  DeadLetterExport exporter;
  bool has_folded_lost = false;

  Spooled(const Context& context, const std::string& directory, const JsonlQueueOptions& options,
          SqliteStore& store, Hooks* hooks)
      : queue(context.fs, context.clock, context.log, directory, options),
        ahead(context.fs, options.max_line),
        exporter(context, store, queue.spool(), hooks) {}
};

// What one transaction decided, in one batch or several, as far as it has to be carried out.
struct Drain::Decided {
  PassReport counts;
  Batch whole; // the slices of a group, joined to one; without text and entries
  std::uint64_t entries = 0;
  Bytes bytes = 0;
  bool has_forwarded = false;
  Duration held{};

  void add(const Batch& batch, const Outcomes& outcomes) {
    counts.count(batch, outcomes);
    entries += batch.entries.size();
    for (const Slice& slice : batch.slices) {
      bytes += slice.end - slice.begin;
    }
    has_forwarded |= outcomes.forwarded > 0;
    if (whole.slices.empty()) {
      whole.slices = batch.slices;
    } else { // read ahead: the next slice of the same segment
      whole.slices.front().end = batch.slices.front().end;
    }
    for (Slice& slice : whole.slices) {
      slice.bytes = {};
    }
  }
};

} // namespace menacedb
