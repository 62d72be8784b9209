#include "core/engine/worker/live_drain.hpp"

#include "core/base/error.hpp"
#include "core/engine/make_hooks.hpp"
#include "core/engine/make_router.hpp"
#include "core/engine/worker/pinned_items.hpp"
#include "core/os/signals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace menacedb {

struct LiveDrain::Generation {
  std::uint64_t number = 0;
  Settings settings;
  Router router;
  Log log;
  DrainsOptions drains;
  std::unique_ptr<Hooks> hooks;
};

LiveDrain::LiveDrain(Fs& fs, Clock& clock, LiveDrainOptions options)
    : m_fs(fs), m_clock(clock), m_options(std::move(options)), m_policy(fs, clock) {
  serve(load(1));
}

LiveDrain::~LiveDrain() = default;

const Settings& LiveDrain::settings() const noexcept {
  return m_generation->settings;
}

std::unique_ptr<LiveDrain::Generation> LiveDrain::load(std::uint64_t number) {
  return m_policy.load([&](FileSet& files) { return read(number, files); });
}

std::unique_ptr<LiveDrain::Generation> LiveDrain::read(std::uint64_t number, FileSet& files) {
  Settings settings = Settings::load(m_fs, m_options.sources);
  add_policy_files(files, settings);
  settings.check();
  Router router = make_router(settings);
  Log log = m_options.make_log(settings);
  DrainsOptions drains = m_options.make_drains(settings);
  auto generation =
      std::make_unique<Generation>(number, std::move(settings), std::move(router), std::move(log),
                                   std::move(drains), std::unique_ptr<Hooks>());
  generation->hooks = make_hooks({m_fs, m_clock, generation->log, m_wake, generation->settings},
                                 [&](const std::string& path) { files.files.insert(path); });
  return generation;
}

void LiveDrain::serve(std::unique_ptr<Generation> generation) {
  m_loop.reset();
  m_generation = std::move(generation);
  DrainsOptions drains = m_generation->drains;
  const auto note = [this] {
    if (m_policy.is_due()) {
      m_wake.request();
    }
  };
  if (drains.rows) {
    drains.rows->on_progress = note;
  }
  if (drains.dir) {
    drains.dir->on_progress = note;
  }
  if (drains.table) {
    drains.table->on_progress = note;
  }
  use_hooks(drains, m_generation->hooks.get());
  record_generation(drains, {m_clock.now(), m_generation->number, m_policy.content()});
  m_loop = std::make_unique<DrainLoop>(
      Context{m_fs, m_clock, m_generation->log, m_wake, m_generation->settings},
      m_generation->router, std::move(drains));
}

void LiveDrain::reload() {
  try {
    auto candidate = load(m_generation->number + 1);
    try_database({m_fs, m_clock, candidate->log, m_wake, candidate->settings}, candidate->router,
                 m_generation->drains, candidate->drains);
    const auto pinned = pinned_items(m_generation->settings, candidate->settings);
    serve(std::move(candidate));
    m_generation->log.event(
        LogLevel::info, "reloaded",
        {{"generation", std::to_string(m_generation->number)}, {"content", m_policy.content()}});
    if (!pinned.empty()) {
      m_generation->log.event(LogLevel::warning, "needs-restart",
                              {{"items", fmt::format("{}", fmt::join(pinned, ", "))}});
    }
  } catch (const Error& error) {
    m_generation->log.event(
        LogLevel::error, "reload-failed",
        {{"generation", std::to_string(m_generation->number)}, {"reason", error.message()}});
  }
}

PassReport LiveDrain::turn() {
  m_wake.take();
  if (SignalGuard::caught() != 0) {
    m_wake.request(); // it was the signal's
    return {};
  }
  if (HangupGuard::take() || m_policy.is_due()) {
    reload();
  }
  PassReport report = m_loop->turn();
  m_has_opened |= m_loop->has_opened();
  if (m_wake.is_requested() && SignalGuard::caught() == 0) {
    report.got_no_turn = false; // we cut it short ourselves
  }
  return report;
}

void LiveDrain::wait(Duration most) {
  Watcher* const policy = &m_policy.watcher();
  (void)m_loop->wait(std::clamp(m_policy.due().value_or(most), Duration::zero(), most),
                     {&policy, 1});
}

} // namespace menacedb
