#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// Files that may open databases themselves, each with the reason. A line of the file is
// `path-or-pattern  reason`; `#` begins a comment. In a pattern `*` stands for any text, slashes
// too, `?` for one byte and `[…]` for one of several; one that ends with a slash means all below.
class AllowList {
public:
  AllowList() = default;
  // Throws Error config with `path:line` for an entry without a reason.
  AllowList(std::string_view text, const std::string& path);

  // Remembers which entries were of use.
  [[nodiscard]] bool allows(const std::string& path);
  // Whether any entry speaks of the file; then it is known not to be stale for lack of the file.
  void saw(const std::string& path);

  struct Entry {
    std::string pattern;
    std::string reason;
    std::uint64_t line = 0;
    bool is_used = false;  // it allowed a finding
    bool was_seen = false; // a file of the run has this name
  };
  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return m_entries; }

private:
  std::vector<Entry> m_entries;
};

} // namespace menacedb
