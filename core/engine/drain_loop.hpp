#pragma once

#include "core/engine/context.hpp"
#include "core/engine/drains.hpp"
#include "core/engine/job_watch.hpp"
#include "core/os/watcher.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace menacedb {

// A drain that goes on, for `sync --watch` and the worker: a pass whenever something arrives or
// falls due. It outlives the faults of its environment: what could not be done is tried again, with
// growing pauses. Context and router outlive it. Not thread-safe.
class DrainLoop {
public:
  // Watches the folders where entries arrive from here on.
  DrainLoop(const Context& context, const Router& router, DrainsOptions options);

  // One pass. Opens the databases first when they are not open, or are other files by now. Throws
  // nothing but bugs: a fault is part of the report, as got_no_turn or fault.
  [[nodiscard]] PassReport turn();
  // Until the next turn is due: by an arrival, by time, after a pause for a fault; `most` at the
  // latest. A signal ends it early, and so does `also`, when it is not null.
  void wait(Duration most, Watcher* also = nullptr);
  // When something is due without anybody writing.
  [[nodiscard]] std::optional<Duration> next_due();
  // Whether the databases could be opened once.
  [[nodiscard]] bool has_opened() const noexcept { return m_has_opened; }
  [[nodiscard]] bool is_polling() const noexcept { return m_arrivals.is_polling(); }

private:
  void note(const PassReport& report);
  void sleep(std::vector<Watcher*> watchers, Duration patience);

  Context m_context;
  const Router& m_router;
  DrainsOptions m_options;
  Watcher m_arrivals;
  std::optional<JobWatch> m_rows; // where entries arrive as rows
  std::unique_ptr<Drains> m_drains;
  unsigned m_faults = 0; // in a row
  bool m_got_no_turn = false;
  bool m_has_opened = false;
};

} // namespace menacedb
