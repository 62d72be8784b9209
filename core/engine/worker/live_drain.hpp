#pragma once

#include "core/engine/drain/drain_loop.hpp"
#include "core/engine/worker/policy_watch.hpp"
#include "core/policy/hooks.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace menacedb {

struct LiveDrainOptions {
  ConfigSources sources;
  // What a generation is made of beside the policy; they throw what its settings do not allow.
  std::function<Log(const Settings&)> make_log;
  std::function<DrainsOptions(const Settings&)> make_drains;
};

// A DrainLoop that follows its policy: when a file of it changes, or on SIGHUP under a HangupGuard,
// a complete new generation takes over between two batches, or nothing changes and the log says
// why. For `sync --watch`; ends a pass by wake(), which is meant for a SignalGuard as well. Not
// thread-safe.
class LiveDrain {
public:
  // Loads the first generation, or throws what keeps it from that.
  LiveDrain(Fs& fs, Clock& clock, LiveDrainOptions options);
  ~LiveDrain();

  [[nodiscard]] StopFlag& wake() noexcept { return m_wake; }
  // Of the generation in force.
  [[nodiscard]] const Settings& settings() const noexcept;
  // As of DrainLoop. When a signal was caught, turn() decides nothing and wait() does not wait.
  [[nodiscard]] PassReport turn();
  void wait(Duration most);
  [[nodiscard]] bool has_opened() const noexcept { return m_has_opened; }

private:
  struct Generation;

  [[nodiscard]] std::unique_ptr<Generation> load(std::uint64_t number);
  [[nodiscard]] std::unique_ptr<Generation> read(std::uint64_t number, FileSet& files);
  void serve(std::unique_ptr<Generation> generation);
  void reload();

  Fs& m_fs;
  Clock& m_clock;
  LiveDrainOptions m_options;
  StopFlag m_wake;
  PolicyWatch m_policy;
  std::unique_ptr<Generation> m_generation;
  std::unique_ptr<DrainLoop> m_loop; // works with the generation
  bool m_has_opened = false;
};

} // namespace menacedb
