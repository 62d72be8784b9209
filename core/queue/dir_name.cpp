#include "core/queue/dir_name.hpp"

#include "core/model/priority.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace menacedb {
namespace {

constexpr std::string_view k_extension = ".json";
constexpr std::size_t k_longest_name = 200; // room for what a folder's own suffixes need

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// Reads the digits at the beginning and takes them away; none when there are none or too many.
std::optional<std::uint64_t> take_number(std::string_view& text) noexcept {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc()) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

// Seconds have up to 11 digits, milliseconds 14, microseconds 17.
std::uint64_t to_nanoseconds(std::uint64_t time, std::size_t digits) noexcept {
  constexpr std::uint64_t k_seconds = 1'000'000'000;
  constexpr std::uint64_t k_milliseconds = 1'000'000;
  constexpr std::uint64_t k_microseconds = 1'000;
  constexpr std::uint64_t k_most = 0x7fffffffffffffff;
  const std::uint64_t unit = digits <= 11   ? k_seconds
                             : digits <= 14 ? k_milliseconds
                             : digits <= 17 ? k_microseconds
                                            : 1;
  return time > k_most / unit ? k_most : time * unit;
}

bool is_plain(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

} // namespace

std::optional<DirPlace> parse_dir_name(std::string_view name) noexcept {
  if (name.size() > k_longest_name || !name.ends_with(k_extension) || name.empty() ||
      !is_digit(name.front()) || !is_plain(name)) {
    return std::nullopt;
  }
  std::string_view rest = name.substr(0, name.size() - k_extension.size());
  const std::optional<std::uint64_t> priority = take_number(rest);
  if (!priority || *priority > 0xffff || rest.size() < 2 || rest.front() != '_') {
    return std::nullopt;
  }
  rest.remove_prefix(1);
  DirPlace place;
  place.priority = static_cast<std::uint32_t>(*priority);
  const std::size_t before = rest.size();
  if (const auto time = take_number(rest)) {
    place.time = to_nanoseconds(*time, before - rest.size());
  }
  if (const std::size_t mark = rest.find('_'); mark != std::string_view::npos) {
    rest.remove_prefix(mark + 1);
    place.counter = take_number(rest).value_or(0);
  }
  return place;
}

std::string_view sequence_of(std::string_view name) noexcept {
  const std::size_t begin = name.find('_') + 1;
  return name.substr(begin, name.size() - begin - k_extension.size());
}

std::string format_dir_name(int priority, std::string_view sequence) {
  return fmt::format("{}_{}{}", priority, sequence, k_extension);
}

int shown_priority(std::uint32_t priority) noexcept {
  constexpr auto k_most = static_cast<std::uint32_t>(k_last_priority);
  return std::clamp(static_cast<int>(std::min(priority, k_most)), k_first_priority,
                    k_last_priority);
}

} // namespace menacedb
