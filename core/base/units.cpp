#include "core/base/units.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>

namespace menacedb {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t size;
};

constexpr std::array<Unit, 7> k_duration_units{{{"", 1'000'000},
                                                {"us", 1},
                                                {"ms", 1'000},
                                                {"s", 1'000'000},
                                                {"m", 60'000'000},
                                                {"h", 3'600'000'000},
                                                {"d", 86'400'000'000}}};

// A single letter is binary, as git and systemd read it; "kB" is decimal, as SI has it.
constexpr std::array<Unit, 14> k_byte_units{{{"", 1},
                                             {"b", 1},
                                             {"k", 1ULL << 10},
                                             {"m", 1ULL << 20},
                                             {"g", 1ULL << 30},
                                             {"t", 1ULL << 40},
                                             {"kib", 1ULL << 10},
                                             {"mib", 1ULL << 20},
                                             {"gib", 1ULL << 30},
                                             {"tib", 1ULL << 40},
                                             {"kb", 1'000},
                                             {"mb", 1'000'000},
                                             {"gb", 1'000'000'000},
                                             {"tb", 1'000'000'000'000}}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

template <std::size_t Size>
std::optional<std::uint64_t> size_of_unit(const std::array<Unit, Size>& units,
                                          std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) {
      return unit.size;
    }
  }
  return std::nullopt;
}

__extension__ using Wide = unsigned __int128;

// A decimal number without sign or exponent: `digits` divided by ten to the power `decimals`.
struct Decimal {
  Wide digits = 0;
  unsigned decimals = 0;
};

// Takes a number off the front. So many digits fit that no sensible value is refused, and so few
// that the product with a unit stays within 128 bits.
std::optional<Decimal> take_decimal(std::string_view& text) {
  constexpr unsigned most_digits = 24;
  Decimal number;
  unsigned digit_count = 0;
  bool is_fraction = false;
  std::size_t at = 0;
  for (; at < text.size() && (is_digit(text[at]) || (text[at] == '.' && !is_fraction)); ++at) {
    if (text[at] == '.') {
      is_fraction = true;
      continue;
    }
    number.digits = number.digits * 10 + static_cast<unsigned>(text[at] - '0');
    number.decimals += is_fraction ? 1 : 0;
    if (++digit_count > most_digits) {
      return std::nullopt;
    }
  }
  text.remove_prefix(at);
  return digit_count == 0 ? std::nullopt : std::optional(number);
}

std::optional<std::uint64_t> multiply(const Decimal& number, std::uint64_t unit,
                                      std::uint64_t largest) {
  Wide divisor = 1;
  for (unsigned i = 0; i < number.decimals; ++i) {
    divisor *= 10;
  }
  const Wide value = (number.digits * unit + divisor / 2) / divisor;
  return value > largest ? std::nullopt : std::optional(static_cast<std::uint64_t>(value));
}

} // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  text = trim(text);
  const auto number = take_decimal(text);
  const auto unit = size_of_unit(k_duration_units, text);
  if (!number || !unit) {
    return std::nullopt;
  }
  const auto value = multiply(*number, *unit, std::numeric_limits<std::int64_t>::max());
  return value ? std::optional(Duration(static_cast<std::int64_t>(*value))) : std::nullopt;
}

std::string format_duration(Duration duration) {
  const auto count = duration.count();
  if (count == 0) {
    return "0s";
  }
  // The last unit that divides the value gives the fewest digits.
  for (std::size_t i = k_duration_units.size() - 1; i > 1; --i) {
    const auto size = static_cast<std::int64_t>(k_duration_units[i].size);
    if (count % size == 0) {
      return fmt::format("{}{}", count / size, k_duration_units[i].name);
    }
  }
  return fmt::format("{}us", count);
}

std::optional<Bytes> parse_bytes(std::string_view text) {
  text = trim(text);
  const auto number = take_decimal(text);
  const auto unit = size_of_unit(k_byte_units, to_lower(text));
  if (!number || !unit) {
    return std::nullopt;
  }
  return multiply(*number, *unit, std::numeric_limits<Bytes>::max());
}

std::string format_bytes(Bytes bytes) {
  constexpr std::array<std::string_view, 6> names{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) {
    return fmt::format("{} B", bytes);
  }
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // 1023.95 would be shown as 1024.0.
  while (value >= 1023.95 && unit + 1 < names.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, names[unit]);
}

std::string format_count(std::uint64_t count) {
  std::string text = fmt::format("{}", count);
  for (std::size_t at = text.size(); at > 3; at -= 3) {
    text.insert(at - 3, 1, ',');
  }
  return text;
}

} // namespace menacedb
