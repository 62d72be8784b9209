#include "core/config/retention_limits.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <vector>

namespace menacedb {
namespace {

constexpr std::string_view k_forever = "forever";

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool is_whole = error == std::errc{} && end == text.data() + text.size();
  return is_whole ? std::optional(count) : std::nullopt;
}

// Each limit once: false for anything else.
template <typename Value>
bool set_once(std::optional<Value>& limit, std::optional<Value> value) {
  const bool is_good = value && !limit;
  limit = value;
  return is_good;
}

// In the largest unit that divides it.
std::string exact_size(Bytes size) {
  constexpr std::string_view k_units[] = {"", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (size > 0 && size % 1024 == 0 && unit + 1 < std::size(k_units)) {
    size /= 1024;
    ++unit;
  }
  return fmt::format("{}{}", size, k_units[unit]);
}

bool read_part(std::string_view part, RetentionLimits& limits) {
  const std::size_t equals = part.find('=');
  if (equals == std::string_view::npos) {
    return false;
  }
  const std::string_view name = trim(part.substr(0, equals));
  const std::string_view value = trim(part.substr(equals + 1));
  if (name == "age") {
    return set_once(limits.age, parse_duration(value));
  }
  if (name == "count") {
    return set_once(limits.count, parse_count(value));
  }
  return name == "size" && set_once(limits.size, parse_bytes(value));
}

} // namespace

std::optional<RetentionLimits> parse_retention_limits(std::string_view text) {
  RetentionLimits limits;
  if (trim(text) == k_forever) {
    return limits;
  }
  if (const auto age = parse_duration(text)) {
    limits.age = age;
    return limits;
  }
  const std::vector<std::string> parts = split_list(text);
  for (const std::string& part : parts) {
    if (!read_part(part, limits)) {
      return std::nullopt;
    }
  }
  return parts.empty() ? std::nullopt : std::optional(limits);
}

std::string format_retention_limits(const RetentionLimits& limits) {
  if (limits == RetentionLimits()) {
    return std::string(k_forever);
  }
  if (limits.age && !limits.count && !limits.size) {
    return format_duration(*limits.age);
  }
  std::vector<std::string> parts;
  if (limits.age) {
    parts.push_back("age=" + format_duration(*limits.age));
  }
  if (limits.count) {
    parts.push_back(fmt::format("count={}", *limits.count));
  }
  if (limits.size) {
    parts.push_back("size=" + exact_size(*limits.size));
  }
  return fmt::format("{}", fmt::join(parts, ","));
}

RetentionLimits retention_limits(const Settings& settings, std::string_view key) {
  return parse_retention_limits(settings.text(key)).value();
}

} // namespace menacedb
