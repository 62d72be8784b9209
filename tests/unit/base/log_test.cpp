#include "core/base/json.hpp"
#include "core/base/log.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace menacedb;

namespace {

struct Lines {
  std::vector<std::string> all;

  Log log(LogLevel level, LogFormat format) {
    return Log(level, format, [this](std::string_view line) { all.emplace_back(line); });
  }
};

} // namespace

TEST_CASE("an event is one line of level name and fields") {
  Lines lines;
  lines.log(LogLevel::info, LogFormat::kv)
      .event(LogLevel::warning, "queue-skipped", {{"queue", "alpha"}, {"bytes", "12"}});
  CHECK(lines.all ==
        std::vector<std::string>{"level=warning event=queue-skipped queue=alpha bytes=12\n"});
}

TEST_CASE("values with blanks quotes or equals signs are quoted") {
  Lines lines;
  const Log log = lines.log(LogLevel::info, LogFormat::kv);
  log.event(LogLevel::info, "e", {{"a", "two words"}, {"b", ""}, {"c", "x=y"}});
  log.event(LogLevel::info, "e", {{"d", "it's"}, {"f", "back\\slash"}, {"g", "日本"}});
  CHECK(lines.all[0] == "level=info event=e a='two words' b='' c='x=y'\n");
  CHECK(lines.all[1] == "level=info event=e d='it\\'s' f='back\\\\slash' g=日本\n");
}

TEST_CASE("no control character of a field reaches the log") {
  for (const LogFormat format : {LogFormat::kv, LogFormat::json}) {
    Lines lines;
    lines.log(LogLevel::info, format)
        .event(LogLevel::error, "e", {{"reason", "a\nb\x1B[0m\x7F\xC2\x9B\xFF z"}});
    const std::string& line = lines.all.at(0);
    CHECK(line.back() == '\n');
    for (const char c : line.substr(0, line.size() - 1)) {
      CHECK((static_cast<unsigned char>(c) >= 0x20 && c != '\x7F'));
    }
    CHECK(line.find("\xC2\x9B") == std::string::npos);
  }
}

TEST_CASE("a JSON line parses and keeps the values") {
  Lines lines;
  lines.log(LogLevel::debug, LogFormat::json)
      .event(LogLevel::debug, "e", {{"path", "a \"b\" \\ \n 日本"}});
  JsonTape tape;
  const auto parsed = tape.parse(lines.all.at(0));
  REQUIRE_FALSE(parsed.fault.has_value());
  CHECK(tape.at(*tape.find(parsed.root, "level")).text == "debug");
  CHECK(tape.at(*tape.find(parsed.root, "event")).text == "e");
  CHECK(tape.at(*tape.find(parsed.root, "path")).text == "a \"b\" \\ \n 日本");
}

TEST_CASE("events below the level are not written") {
  Lines lines;
  const Log log = lines.log(LogLevel::warning, LogFormat::kv);
  log.event(LogLevel::info, "quiet", {});
  log.event(LogLevel::error, "loud", {});
  CHECK(lines.all == std::vector<std::string>{"level=error event=loud\n"});
  CHECK_FALSE(log.shows(LogLevel::debug));
  CHECK(log.shows(LogLevel::warning));
}
