#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace menacedb {

// What is wrong, gathered for one check: the first files by name, the others counted.
class Findings {
public:
  void add(const std::string& path, std::string_view what);
  [[nodiscard]] bool is_empty() const noexcept { return m_count == 0; }
  [[nodiscard]] std::string text() const;

private:
  std::string m_text;
  std::size_t m_count = 0;
};

} // namespace menacedb
