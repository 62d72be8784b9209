#pragma once

#include "core/base/json_text.hpp"
#include "core/base/units.hpp"
#include "core/config/retention_limits.hpp"
#include "core/policy/hooks.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace menacedb {

// A thing that is kept for a while: a file, a dead letter, a row of a table.
struct RetainedItem {
  std::string name;      // a path, or whatever people know it by
  Instant since;         // when it got into the state in which it is kept
  Bytes bytes = 0;       // on disk; 0: not known
  std::uint64_t tag = 0; // for whoever offers it; of two of one moment the newer has the larger
};

// Whether there is such a hook, suspended or not. The hooks may be null.
[[nodiscard]] bool asks_retain(const Hooks* hooks);

// What to tell people when that hook has failed since it was loaded.
[[nodiscard]] std::optional<std::string> why_retain_fails(const Hooks* hooks);

// What the `retain` hook says of an item: true keeps it, false lets it go, none leaves it to the
// settings. There must be such a hook: asks_retain(). `facts` adds what the hook may want to know
// beside name, bytes and times.
[[nodiscard]] std::optional<bool> ask_retain(Hooks& hooks, std::string_view kind,
                                             const RetainedItem& item, Instant now,
                                             const std::function<void(JsonWriter&)>& facts);

// Decides what of one kind goes and what stays: the `retain` hook of the policy first, for each
// item; what it leaves to the settings goes when it is past the limits of age, count and size.
// Items that the hook keeps or lets go take no place in count and size. An item goes as soon as it
// is known to: when it is offered, or when newer ones have taken its place. So memory is bounded by
// what may stay, and what goes does not depend on the order. Times ahead of the clock are young.
// Not thread-safe.
class Retention {
public:
  using Facts = std::function<void(JsonWriter&)>; // members of a JSON object
  using LetGo = std::function<void(const RetainedItem&)>;

  struct Rule {
    std::string_view kind; // as the hook knows it; empty: the hook is not asked
    RetentionLimits limits;
    Hooks* hooks = nullptr; // borrowed
    Instant now;
  };

  // Calls `let_go` for each item that goes, from offer().
  Retention(Rule rule, LetGo let_go);

  // `facts` is called only when there is a hook.
  void offer(RetainedItem item, const Facts& facts = {});

private:
  struct Older {
    bool operator()(const RetainedItem& a, const RetainedItem& b) const noexcept;
  };

  void rank(RetainedItem item);
  [[nodiscard]] bool has_too_many() const;

  Rule m_rule;
  LetGo m_let_go;
  bool m_asks_hook = false;
  bool m_ranks = false;
  std::set<RetainedItem, Older> m_ranked; // those that may stay by count and size
  Bytes m_total = 0;                      // of them
  std::optional<RetainedItem> m_gone;     // the newest that did not: nor does what is older
};

} // namespace menacedb
