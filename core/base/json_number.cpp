#include "core/base/json_number.hpp"

#include <charconv>
#include <limits>

namespace menacedb {

namespace {

const char* skip_digits(const char* at, const char* end) {
  while (at != end && is_json_digit(*at)) {
    ++at;
  }
  return at;
}

JsonNumberScan fault(const char* at, const char* end, const JsonProblem& problem) {
  return {at, at == end ? &json_problem::k_cut : &problem};
}

// std::from_chars says "out of range" for both ends of the range. Numbers too small for a double
// are zero, as everywhere else; the decimal exponent tells which end it is.
bool is_too_large(const char* at, const char* end) {
  constexpr std::int64_t enough = 1'000'000'000'000;
  at += *at == '-' ? 1 : 0;
  const char* const whole_end = skip_digits(at, end);
  std::int64_t magnitude = 0;
  const char* first = at;
  while (first != whole_end && *first == '0') {
    ++first;
  }
  const char* rest = whole_end;
  if (rest != end && *rest == '.') {
    const char* const fraction = rest + 1;
    rest = skip_digits(fraction, end);
    if (first == whole_end) {
      const char* digit = fraction;
      while (digit != rest && *digit == '0') {
        ++digit;
      }
      magnitude = -(digit - fraction) - 1;
    }
  }
  if (first != whole_end) {
    magnitude = whole_end - first - 1;
  }
  if (rest == end) {
    return magnitude > 0;
  }
  ++rest; // the exponent's letter
  const bool is_negative = *rest == '-';
  rest += *rest == '-' || *rest == '+' ? 1 : 0;
  std::int64_t exponent = 0;
  for (; rest != end && exponent < enough; ++rest) {
    exponent = exponent * 10 + (*rest - '0');
  }
  return magnitude + (is_negative ? -exponent : exponent) > 0;
}

JsonNumberScan read_integer(const char* at, const char* end) {
  JsonNumberScan scan{end};
  if (std::from_chars(at, end, scan.integer).ec != std::errc()) {
    scan.type = JsonType::big_integer;
    scan.integer = 0;
  }
  return scan;
}

JsonNumberScan read_real(const char* at, const char* end) {
  JsonNumberScan scan{end};
  scan.type = JsonType::real;
  scan.real = 0;
  if (std::from_chars(at, end, scan.real).ec == std::errc()) {
    return scan;
  }
  if (is_too_large(at, end)) {
    return {at, &json_problem::k_range};
  }
  scan.real = *at == '-' ? -0.0 : 0.0;
  return scan;
}

} // namespace

JsonNumberScan scan_json_number_slowly(const char* at, const char* end) noexcept {
  const char* const first = at + (*at == '-' ? 1 : 0);
  const char* rest = skip_digits(first, end);
  if (rest == first) {
    return fault(rest, end, json_problem::k_digit);
  }
  if (*first == '0' && rest - first > 1) {
    return {first, &json_problem::k_leading_zero};
  }
  bool is_whole = true;
  if (rest != end && *rest == '.') {
    is_whole = false;
    const char* const fraction = rest + 1;
    rest = skip_digits(fraction, end);
    if (rest == fraction) {
      return fault(rest, end, json_problem::k_digit);
    }
  }
  if (rest != end && (*rest | 0x20) == 'e') {
    is_whole = false;
    const char* exponent = rest + 1;
    exponent += exponent != end && (*exponent == '+' || *exponent == '-') ? 1 : 0;
    rest = skip_digits(exponent, end);
    if (rest == exponent) {
      return fault(rest, end, json_problem::k_digit);
    }
  }
  return is_whole ? read_integer(at, rest) : read_real(at, rest);
}

} // namespace menacedb
