#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// What the command line said, by the names of the specs (options by their long name). Parsed and
// checked for shape only: what an argument means is the command's business.
class Arguments {
public:
  [[nodiscard]] bool has(std::string_view option) const; // "--json", given with or without argument
  // The last argument given, or none (also for a flag, and for --wait[=D] without D).
  [[nodiscard]] std::optional<std::string> value(std::string_view option) const;
  // Of options and positionals, in order; empty when not given.
  [[nodiscard]] std::vector<std::string> values(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> positional(std::string_view name) const; // "TABLE"
  // The argument if it is one of `words` ("a|b|c"); throws usage when it is something else.
  [[nodiscard]] std::optional<std::string> word(std::string_view option,
                                                std::string_view words) const;

  // Configuration items that options set, by key.
  [[nodiscard]] const std::map<std::string, std::string>& items() const noexcept { return m_items; }

  void add(std::string_view name, std::string value);
  void add_flag(std::string_view name);
  void set_item(std::string_view key, std::string value);

private:
  std::map<std::string, std::vector<std::string>, std::less<>> m_values;
  std::map<std::string, std::string> m_items;
};

} // namespace menacedb
