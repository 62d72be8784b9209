#include "cli/arguments.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace menacedb {

bool Arguments::has(std::string_view option) const {
  return m_values.find(option) != m_values.end();
}

std::optional<std::string> Arguments::value(std::string_view option) const {
  const auto found = m_values.find(option);
  if (found == m_values.end() || found->second.empty()) {
    return std::nullopt;
  }
  return found->second.back();
}

std::vector<std::string> Arguments::values(std::string_view name) const {
  const auto found = m_values.find(name);
  return found == m_values.end() ? std::vector<std::string>{} : found->second;
}

std::optional<std::string> Arguments::positional(std::string_view name) const {
  return value(name);
}

std::optional<long long> Arguments::integer(std::string_view option, long long least,
                                            long long most) const {
  const std::optional<std::string> given = value(option);
  if (!given) {
    return std::nullopt;
  }
  long long number = 0;
  const char* const end = given->data() + given->size();
  const auto [stopped, fault] = std::from_chars(given->data(), end, number);
  if (fault != std::errc() || stopped != end || number < least || number > most) {
    throw Error(ErrorKind::usage, "option-value",
                fmt::format("cannot use '{}' for {}: it is not a whole number from {} to {}",
                            printable(*given), option, least, most));
  }
  return number;
}

std::optional<std::string> Arguments::word(std::string_view option, std::string_view words) const {
  std::optional<std::string> given = value(option);
  if (!given) {
    return std::nullopt;
  }
  const std::vector<std::string> allowed = split_list(words, '|');
  if (std::find(allowed.begin(), allowed.end(), *given) == allowed.end()) {
    throw Error(ErrorKind::usage, "option-value",
                fmt::format("cannot use '{}' for {}: it is not one of {}", printable(*given),
                            option, words));
  }
  return given;
}

void Arguments::add(std::string_view name, std::string value) {
  add_flag(name);
  m_values.find(name)->second.push_back(std::move(value));
}

void Arguments::add_flag(std::string_view name) {
  if (!has(name)) {
    m_values.emplace(std::string(name), std::vector<std::string>{});
  }
}

void Arguments::set_item(std::string_view key, std::string value) {
  m_items[std::string(key)] = std::move(value);
}

} // namespace menacedb
