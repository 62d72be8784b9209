#include "cli/app.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <array>
#include <cstdlib>
#include <unistd.h>

namespace menacedb {
namespace {

[[nodiscard]] LogLevel log_level(std::string_view word) {
  const std::string level = to_lower(word);
  if (level == "debug") {
    return LogLevel::debug;
  }
  if (level == "info") {
    return LogLevel::info;
  }
  return level == "error" ? LogLevel::error : LogLevel::warning;
}

[[nodiscard]] ConfigSources sources_of(const Arguments& arguments) {
  ConfigSources sources;
  const char* const variable = std::getenv("MENACEDB_CONFIG");
  sources.config_file = arguments.value("--config").value_or(variable == nullptr ? "" : variable);
  sources.flags = arguments.items();
  if (arguments.has("--quiet")) {
    sources.flags.emplace("log.level", "error");
  } else if (arguments.has("--verbose")) {
    sources.flags.emplace("log.level", "info");
  }
  sources.environment = [](const char* name) -> const char* { return std::getenv(name); };
  sources.variables = environ; // mistyped MENACEDB_* names are found, too
  return sources;
}

} // namespace

Log make_log(const Settings& settings) {
  return Log(log_level(settings.text("log.level")),
             settings.text("log.format") == "json" ? LogFormat::json : LogFormat::kv);
}

App::App(const Arguments& arguments, Printer& printer)
    : m_printer(printer),
      m_sources(sources_of(arguments)),
      m_wants_json(arguments.has("--json")),
      m_says_yes(arguments.has("--yes")),
      m_is_quiet(arguments.has("--quiet")),
      m_never_asks(arguments.has("--no-input")) {}

const Settings& App::settings() {
  const Settings& loaded = unchecked_settings();
  if (!m_is_checked) {
    loaded.check();
    m_is_checked = true;
  }
  return loaded;
}

const Settings& App::unchecked_settings() {
  if (!m_settings) {
    m_settings = Settings::load(m_fs, m_sources);
  }
  return *m_settings;
}

const Log& App::log() {
  if (!m_log) {
    m_log.emplace(make_log(unchecked_settings()));
  }
  return *m_log;
}

bool App::may_ask() const noexcept {
  return !m_never_asks && ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
}

bool App::confirm(const std::string& question) {
  if (m_says_yes) {
    return true;
  }
  if (!may_ask()) {
    throw Error(ErrorKind::usage, "needs-yes", "cannot ask before a step that destroys something")
        .with_hint("add --yes to agree to it: " + question);
  }
  const std::string prompt = printable(question) + " [y/N] ";
  if (::write(STDERR_FILENO, prompt.data(), prompt.size()) < 0) {
    return false;
  }
  std::array<char, 64> answer{};
  const ssize_t size = ::read(STDIN_FILENO, answer.data(), answer.size());
  return size > 0 && (answer[0] == 'y' || answer[0] == 'Y');
}

} // namespace menacedb
