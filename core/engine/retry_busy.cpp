#include "core/engine/retry_busy.hpp"

#include "core/base/error.hpp"
#include "core/engine/database_options.hpp"
#include "core/model/backoff.hpp"

#include <fmt/format.h>

namespace menacedb {

void retry_busy(const Context& context, const std::function<void()>& work) {
  Backoff backoff;
  backoff.base = context.settings.duration("retry.base_delay");
  backoff.cap = context.settings.duration("retry.max_delay");
  backoff.attempts = static_cast<unsigned>(context.settings.integer("retry.attempts"));
  const Duration started = context.clock.monotonic();
  for (unsigned attempt = 1;; ++attempt) {
    try {
      work();
      return;
    } catch (Error& error) {
      const bool may_wait = writer_patience(context.settings) > Duration::zero();
      if (!error.is_retryable() || context.stop.is_requested() || !may_wait) {
        throw explain_mode(context.settings, error);
      }
      if (attempt >= backoff.attempts) {
        const Duration waited = context.clock.monotonic() - started;
        throw std::move(error).within(fmt::format("cannot write in {} attempts and {:.1f} s",
                                                  attempt,
                                                  static_cast<double>(waited.count()) / 1e6));
      }
      context.clock.sleep(backoff.wait_after(attempt));
    }
  }
}

} // namespace menacedb
