#include "core/model/segment_id.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace menacedb {

namespace {

constexpr std::size_t k_spool_digits = 16;
constexpr std::size_t k_longest_name = 200;
constexpr std::string_view k_extension = ".jsonl";
constexpr std::string_view k_failed_file = "queue.failed.jsonl";
constexpr std::string_view k_priority_mark = "@p";
constexpr std::string_view k_default_suffix = "@p5";
static_assert(k_default_priority == 5);

bool is_lower_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Decimal without sign and without leading zero, so that each number has one spelling.
template <typename Number>
std::optional<Number> parse_number(std::string_view digits) {
  Number number{};
  const char* const end = digits.data() + digits.size();
  if (digits.empty() || digits.front() == '-' || (digits.front() == '0' && digits.size() > 1)) {
    return std::nullopt;
  }
  const auto [stop, fault] = std::from_chars(digits.data(), end, number);
  return fault == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

} // namespace

std::string format_segment(const SegmentId& id) {
  return fmt::format("{}.{}", id.spool, id.sequence);
}

std::optional<SegmentId> parse_segment(std::string_view text) {
  if (text.size() <= k_spool_digits || text[k_spool_digits] != '.' ||
      !std::ranges::all_of(text.substr(0, k_spool_digits), is_lower_hex)) {
    return std::nullopt;
  }
  const auto sequence = parse_number<std::uint64_t>(text.substr(k_spool_digits + 1));
  if (!sequence) {
    return std::nullopt;
  }
  return SegmentId{.spool = std::string(text.substr(0, k_spool_digits)), .sequence = *sequence};
}

std::string lane_file_name(const Lane& lane) {
  if (lane.priority == k_default_priority) {
    return fmt::format("{}{}", lane.name, k_extension);
  }
  return fmt::format("{}{}{}{}", lane.name, k_priority_mark, lane.priority, k_extension);
}

std::optional<Lane> parse_lane_file_name(std::string_view name) {
  if (!name.ends_with(k_extension) || name == k_failed_file || name.front() == '.' ||
      name.size() > k_longest_name || name.find('/') != std::string_view::npos ||
      std::ranges::any_of(name, is_control)) {
    return std::nullopt;
  }
  const std::string_view stem = name.substr(0, name.size() - k_extension.size());
  const std::size_t mark = stem.rfind(k_priority_mark);
  if (mark != std::string_view::npos && mark > 0) {
    const auto priority = parse_number<int>(stem.substr(mark + k_priority_mark.size()));
    if (priority && is_valid_priority(*priority) && *priority != k_default_priority) {
      return Lane{.name = std::string(stem.substr(0, mark)), .priority = *priority};
    }
  }
  return Lane{.name = std::string(stem), .priority = k_default_priority};
}

bool is_mistaken_lane_name(std::string_view name) {
  return name.ends_with(k_extension) && name != k_failed_file && !parse_lane_file_name(name);
}

std::string_view lane_origin(const Lane& lane) noexcept {
  std::string_view name = lane.name;
  if (name.ends_with(k_default_suffix) && name.size() > k_default_suffix.size()) {
    name.remove_suffix(k_default_suffix.size());
  }
  return name == "replay" || name.ends_with("_queue") ? std::string_view() : name;
}

} // namespace menacedb
