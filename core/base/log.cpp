#include "core/base/log.hpp"

#include "core/base/json_text.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <cerrno>
#include <unistd.h>

namespace menacedb {

namespace {

std::string_view name_of(LogLevel level) {
  switch (level) {
  case LogLevel::debug:
    return "debug";
  case LogLevel::info:
    return "info";
  case LogLevel::warning:
    return "warning";
  case LogLevel::error:
    return "error";
  }
  return "error";
}

// One write: lines of several processes on one stderr do not mix. A line that cannot be written
// is dropped, since there is nobody left to tell.
void write_to_stderr(std::string_view line) {
  while (::write(STDERR_FILENO, line.data(), line.size()) < 0 && errno == EINTR) {
  }
}

bool needs_quotes(std::string_view value) {
  const auto is_plain = [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\'' && c != '"' && c != '=' && c != '\\' &&
           c != '\x7F';
  };
  return value.empty() || !std::all_of(value.begin(), value.end(), is_plain);
}

void append_kv_value(std::string& line, std::string_view value) {
  if (!needs_quotes(value)) {
    line += printable(value); // C1 controls and bad UTF-8 may still be in it
    return;
  }
  std::string escaped;
  for (const char c : value) {
    if (c == '\'' || c == '\\') {
      escaped += '\\';
    }
    escaped += c;
  }
  line += '\'';
  line += printable(escaped);
  line += '\'';
}

std::string kv_line(LogLevel level, std::string_view name, std::initializer_list<LogField> fields) {
  std::string line = "level=";
  line += name_of(level);
  line += " event=";
  append_kv_value(line, name);
  for (const LogField& field : fields) {
    line += ' ';
    line += printable(field.name);
    line += '=';
    append_kv_value(line, field.value);
  }
  return line;
}

std::string json_line(LogLevel level, std::string_view name,
                      std::initializer_list<LogField> fields) {
  JsonWriter writer;
  writer.begin_object().member("level", name_of(level)).member("event", name);
  for (const LogField& field : fields) {
    writer.member(field.name, std::string_view(field.value));
  }
  writer.end_object();
  return writer.take();
}

} // namespace

Log::Log(LogLevel level, LogFormat format) : Log(level, format, write_to_stderr) {}

Log::Log(LogLevel level, LogFormat format, Sink sink)
    : m_level(level), m_format(format), m_sink(std::move(sink)) {}

void Log::event(LogLevel level, std::string_view name,
                std::initializer_list<LogField> fields) const {
  if (!shows(level)) {
    return;
  }
  std::string line =
      m_format == LogFormat::json ? json_line(level, name, fields) : kv_line(level, name, fields);
  line += '\n';
  m_sink(line);
}

} // namespace menacedb
