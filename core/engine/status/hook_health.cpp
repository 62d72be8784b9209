#include "core/engine/status/hook_health.hpp"

#include "core/base/error.hpp"
#include "core/engine/drain/hook_state.hpp"
#include "core/engine/make_hooks.hpp"

#include <fmt/format.h>

namespace menacedb {

void add_hook_health(const Context& context, StatusReport& report) {
  try {
    const std::unique_ptr<Hooks> hooks = make_hooks(context);
    if (!hooks) {
      return;
    }
    for (const HookReport& hook : with_recorded_counts(context, hooks->report())) {
      if (hook.failures > 0) {
        report.problems.push_back(
            {"hook-failing",
             fmt::format("the hook '{}' failed {} times{}: {}", hook_word(hook.name), hook.failures,
                         hook.is_suspended ? " and is suspended" : "", hook.last_error),
             "menacedb hook test"});
      }
    }
  } catch (const Error& error) { // the settings are good, the policy is not
    report.policy_error = report.policy_error.value_or(error.message());
    report.problems.push_back({error.code(), error.message(), "menacedb hook test", true});
  }
}

} // namespace menacedb
