#pragma once

#include "core/model/batch.hpp"
#include "core/policy/hooks.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace menacedb {

// The `transform` hook on a batch, before its transaction: run() before the entries get their
// destinations, finish() after. A changed row takes the place of the payload on the batch's tape;
// an entry that goes to another store takes the change along in its line; the queue, its archive
// and dead letters keep the line as it was queued, so that what is replayed is transformed again.
// An entry that is not due yet is asked about again when it is.
class Transform {
public:
  explicit Transform(Hooks* hooks) noexcept : m_hooks(hooks) {} // borrowed; null: does nothing

  void run(Batch& batch);
  void finish(Batch& batch);

private:
  struct Dropped {
    std::size_t entry = 0;
    std::string reason;
  };
  struct Changed {
    std::size_t entry = 0;
    std::uint32_t before = k_no_node; // the payload as it stood in the line
  };

  void ask(Batch& batch, std::size_t index);
  void change(Batch& batch, std::size_t index, std::string data);

  Hooks* m_hooks;
  std::vector<Dropped> m_dropped;
  std::vector<Changed> m_changed;
};

} // namespace menacedb
