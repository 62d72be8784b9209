#include "cli/arguments.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

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
