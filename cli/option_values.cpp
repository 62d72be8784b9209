#include "cli/option_values.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/base/units.hpp"
#include "core/model/priority.hpp"

#include <fmt/format.h>

#include <charconv>

namespace menacedb {
namespace {

Error bad_value(std::string_view option, const std::string& text, std::string_view wanted) {
  return {ErrorKind::usage, "bad-value",
          fmt::format("cannot use '{}' for {}: it is {}", printable(text), option, wanted)};
}

} // namespace

Duration parse_duration_option(std::string_view option, const std::string& text) {
  const std::optional<Duration> duration = parse_duration(text);
  if (!duration) {
    throw bad_value(option, text, "a duration such as 250ms, 5s, 10m, 24h or 7d");
  }
  return *duration;
}

std::uint64_t parse_count_option(std::string_view option, const std::string& text) {
  std::uint64_t count = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, count);
  if (error != std::errc{} || end != last) {
    throw bad_value(option, text, "a whole number");
  }
  return count;
}

int parse_priority_option(const std::string& text) {
  int priority = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, priority);
  if (error != std::errc{} || end != last || !is_valid_priority(priority)) {
    throw bad_value("--priority", text, "a number from 1 (first) to 10 (last)");
  }
  return priority;
}

Instant parse_instant_option(std::string_view option, const std::string& text) {
  const std::optional<Instant> when = parse_instant(text);
  if (!when) {
    throw bad_value(option, text, "a time in UTC such as 2026-01-02T03:04:05Z");
  }
  return *when;
}

} // namespace menacedb
