#pragma once

#include "cli/arguments.hpp"
#include "cli/printer.hpp"
#include "core/base/log.hpp"
#include "core/config/settings.hpp"
#include "core/engine/context.hpp"
#include "core/os/clock.hpp"
#include "core/os/posix_fs.hpp"
#include "core/os/stop.hpp"

#include <optional>
#include <string>

namespace menacedb {

// Log events on the standard error as [log] says.
[[nodiscard]] Log make_log(const Settings& settings);

// What every command works with: the real file system and clock, the settings, the printer. Built
// once by main; the only wiring there is. Settings are loaded on first use, since `--help`,
// `--version` and `completion` need none.
class App {
public:
  App(const Arguments& arguments, Printer& printer);

  [[nodiscard]] Fs& fs() noexcept { return m_fs; }
  [[nodiscard]] Clock& clock() noexcept { return m_clock; }
  [[nodiscard]] StopFlag& stop() noexcept { return m_stop; }
  [[nodiscard]] const Log& log(); // works with a bad configuration, too
  [[nodiscard]] Printer& printer() noexcept { return m_printer; }
  // Throws Error kind config when any file or variable is bad.
  [[nodiscard]] const Settings& settings();
  // The same without the check, for `config` and `status`, which report the problems.
  [[nodiscard]] const Settings& unchecked_settings();
  // Where they are read from, for whoever reads them again.
  [[nodiscard]] const ConfigSources& config_sources() const noexcept { return m_sources; }
  // What operations of the engine work with; as settings(), it throws when the configuration is
  // bad.
  [[nodiscard]] Context context() { return {m_fs, m_clock, log(), m_stop, settings()}; }
  [[nodiscard]] bool wants_json() const noexcept { return m_wants_json; }
  [[nodiscard]] bool may_ask() const noexcept; // a terminal, and no --no-input
  [[nodiscard]] bool says_yes() const noexcept { return m_says_yes; }
  [[nodiscard]] bool is_quiet() const noexcept { return m_is_quiet; }
  // Asks on the terminal. True at once with --yes; where nobody can be asked, throws usage with a
  // hint at --yes.
  [[nodiscard]] bool confirm(const std::string& question);

private:
  PosixFs m_fs;
  SystemClock m_clock;
  StopFlag m_stop;
  Printer& m_printer;
  ConfigSources m_sources;
  std::optional<Settings> m_settings;
  bool m_is_checked = false;
  std::optional<Log> m_log;
  bool m_wants_json = false;
  bool m_says_yes = false;
  bool m_is_quiet = false;
  bool m_never_asks = false;
};

} // namespace menacedb
