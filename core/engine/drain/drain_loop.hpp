#pragma once

#include "core/engine/context.hpp"
#include "core/engine/drain/drains.hpp"
#include "core/engine/jobs/job_watch.hpp"
#include "core/os/watcher.hpp"

#include <memory>
#include <optional>
#include <span>
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
  // latest. A signal ends it early, and so do `others`, of which null ones are passed over. Whether
  // a turn is due.
  bool wait(Duration most, std::span<Watcher* const> others = {});
  // When something is due without anybody writing.
  [[nodiscard]] std::optional<Duration> next_due();
  // Whether the databases could be opened once.
  [[nodiscard]] bool has_opened() const noexcept { return m_has_opened; }
  [[nodiscard]] bool is_polling() const noexcept { return m_arrivals.is_polling(); }

private:
  void note(const PassReport& report);
  bool wait_after_fault(Duration most, std::span<Watcher* const> others);
  [[nodiscard]] bool is_due(Duration due_at);
  bool sleep(std::vector<Watcher*> watchers, Duration patience);

  Context m_context;
  const Router& m_router;
  DrainsOptions m_options;
  Watcher m_arrivals;
  std::optional<JobWatch> m_rows; // where entries arrive as rows
  std::unique_ptr<Drains> m_drains;
  bool m_is_look = false;   // the next turn, at what came as rows
  unsigned m_faults = 0;    // in a row
  Duration m_retry_after{}; // monotonic, after a fault
  bool m_got_no_turn = false;
  bool m_has_opened = false;
};

} // namespace menacedb
