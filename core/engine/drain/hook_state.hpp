#pragma once

#include "core/base/json_text.hpp"
#include "core/engine/context.hpp"
#include "core/policy/hooks.hpp"

#include <vector>

namespace menacedb {

// How the hooks of the drain that ran last have done, for other processes to show: the file
// .hooks.json of the queue directory. It is a report only; nothing is decided by it.

// name, file, line, calls, failures, state, and last_error (null: none).
void add_hook(JsonWriter& json, const HookReport& report);

// Remembers what it has written, so that a pass that asked no hook writes nothing.
class HookState {
public:
  explicit HookState(const Context& context) : m_context(context) {}

  // At the end of a pass: writes when the numbers of calls or failures have changed, or an earlier
  // drain left failures. Does nothing without hooks (null). Without a sync: a power cut may cost
  // the counts. A file that cannot be written is logged; entries matter more.
  void note(const Hooks* hooks);

private:
  struct Counts {
    std::uint64_t calls = 0;
    std::uint64_t failures = 0;
    bool operator==(const Counts&) const = default;
  };
  [[nodiscard]] bool is_news(const Counts& counts);

  Context m_context;
  bool m_is_first = true; // nothing was written yet
  Counts m_counts;
};

// `reports` with the counts of the file, as far as it speaks of the same functions.
[[nodiscard]] std::vector<HookReport> with_recorded_counts(const Context& context,
                                                           std::vector<HookReport> reports);

} // namespace menacedb
