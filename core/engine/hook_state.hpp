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

// Remembers what it has written, so that a drain without failures writes nothing.
class HookState {
public:
  explicit HookState(const Context& context) : m_context(context) {}

  // Does nothing without hooks (null). Writes when the number of failures has changed, or an
  // earlier drain left another one. A file that cannot be written is logged; entries matter more.
  void note(const Hooks* hooks);

private:
  Context m_context;
  bool m_is_first = true;
  std::uint64_t m_failures = 0;
};

// `reports` with the counts of the file, as far as it speaks of the same functions.
[[nodiscard]] std::vector<HookReport> with_recorded_counts(const Context& context,
                                                           std::vector<HookReport> reports);

} // namespace menacedb
