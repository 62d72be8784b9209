#pragma once

#include "core/base/time.hpp"
#include "core/policy/router.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// An entry as a hook sees it: copies are made of it. The views live for the call.
struct HookEntry {
  std::string_view id;
  std::string_view key;
  std::string_view table;
  std::string_view op;
  std::string_view data; // the row, a JSON object, checked; empty: none
  std::string_view sql;
  std::string_view operation;
  std::string_view origin;
  std::optional<int> priority;
  std::optional<Instant> created_at;
  std::string_view metadata; // JSON, checked; empty: none
  std::uint64_t attempts = 0;
};

struct RouteQuestion {
  std::string_view table;
  std::string_view op; // insert, upsert, update, delete; of readers read, else write
  std::string_view origin;
};

// What `transform` made of an entry.
struct Transformed {
  enum class Kind { unchanged, changed, dropped };
  Kind kind = Kind::unchanged;
  std::string data;   // changed: the new row, a JSON object
  std::string reason; // dropped: why, perhaps empty
};

enum class FailureAnswer { none, retry, bury, drop };

enum class HookName { route, priority, transform, on_failed, retain };
inline constexpr HookName k_hook_names[] = {HookName::route, HookName::priority,
                                            HookName::transform, HookName::on_failed,
                                            HookName::retain};
[[nodiscard]] std::string_view hook_word(HookName name) noexcept;
[[nodiscard]] std::optional<HookName> parse_hook(std::string_view word) noexcept;

// How one hook has done since the policy was loaded.
struct HookReport {
  HookName name = HookName::route;
  std::string file;
  int line = 0;
  std::uint64_t calls = 0;
  std::uint64_t failures = 0;
  bool is_suspended = false; // failed too often in a row; not called until the next reload
  std::string last_error;    // begins with file:line
};

// The user's own say in routing, priorities, payloads, failures and retention. Every answer may be
// missing: the hook is not defined, has no opinion, failed or is suspended; then the settings
// decide. A hook that fails is counted and never throws. One object belongs to one thread and to
// one generation of the policy.
class Hooks {
public:
  virtual ~Hooks() = default;

  [[nodiscard]] virtual bool has(HookName name) const noexcept = 0; // defined and not suspended
  // Who answers, for Route::decided_by: {"lua", "hooks/init.lua:12"}.
  [[nodiscard]] virtual DecidedBy decided_by(HookName name) const = 0;

  [[nodiscard]] virtual std::optional<Placement> route(const RouteQuestion& question) = 0;
  [[nodiscard]] virtual std::optional<int> priority(const HookEntry& entry) = 0; // 1 to 10
  [[nodiscard]] virtual Transformed transform(const HookEntry& entry) = 0;
  [[nodiscard]] virtual FailureAnswer on_failed(const HookEntry& entry, std::string_view code,
                                                std::string_view message) = 0;
  // `item` is a JSON object; false: it may go although it is young, true: keep it. The one hook
  // whose failure is an answer, true, and which answers true while it is suspended: what a broken
  // policy deleted could not be brought back.
  [[nodiscard]] virtual std::optional<bool> retain(std::string_view kind,
                                                   std::string_view item) = 0;

  // The hooks that are defined, in the order of k_hook_names.
  [[nodiscard]] virtual std::vector<HookReport> report() const = 0;
};

// The route of a table with the hook's answer, when it gives one. A denial by a list stands:
// nothing beats it. `hooks` may be null.
[[nodiscard]] Route route_by_policy(const Router& router, Hooks* hooks,
                                    const RouteQuestion& question);

} // namespace menacedb
