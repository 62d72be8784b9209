#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace menacedb {

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { json, kv };

struct LogField {
  std::string_view name;
  std::string value;
};

// Events on stderr, one line each, written with one write(2). Passed by reference to whoever has
// something to say; there is no global logger. Thread-safe.
class Log {
public:
  using Sink = std::function<void(std::string_view line)>;

  explicit Log(LogLevel level = LogLevel::warning, LogFormat format = LogFormat::kv);
  // For tests and log files: lines go to `sink` instead of stderr.
  Log(LogLevel level, LogFormat format, Sink sink);

  [[nodiscard]] bool shows(LogLevel level) const noexcept { return level >= m_level; }
  // kv: `level=warning event=queue-skipped path='…' reason='…'`, values quoted when needed.
  void event(LogLevel level, std::string_view name, std::initializer_list<LogField> fields) const;

private:
  LogLevel m_level;
  LogFormat m_format;
  Sink m_sink;
};

} // namespace menacedb
