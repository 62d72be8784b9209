#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// What the command line said, by the names of the specs. Parsed and checked for shape only.
class Arguments {
public:
  [[nodiscard]] bool has(std::string_view option) const; // "--json"
  // The last value given, or none.
  [[nodiscard]] std::optional<std::string> value(std::string_view option) const;
  [[nodiscard]] std::vector<std::string>
  values(std::string_view name) const; // options and positionals
  [[nodiscard]] std::optional<std::string> positional(std::string_view name) const; // "TABLE"

  void add(std::string_view name, std::string value);
  void add_flag(std::string_view name);

private:
  std::map<std::string, std::vector<std::string>, std::less<>> m_values;
};

} // namespace menacedb
