#pragma once

#include "core/engine/context.hpp"
#include "core/model/entry.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// Entries of a producer on their way into the directory queue. Not thread-safe.
class GatheredFiles {
public:
  struct File {
    int priority = 5;
    std::string database; // for a direct write when the spool is out of use; empty: by its SQL
    std::string line;
  };
  struct Queued {
    std::string path;     // of the last one
    std::string sequence; // and its place
    std::string note;     // why some were not queued; then they are in `written`
  };

  File& add(File file) { return m_files.emplace_back(std::move(file)); }
  [[nodiscard]] bool is_empty() const noexcept { return m_files.empty(); }
  void clear() noexcept { m_files.clear(); }
  // Those that cannot be queued join the lines to be written directly, by database; without
  // [queue] fallback it throws instead.
  Queued append(const Context& context, bool durable,
                std::map<std::string, std::string>& written) const;

private:
  std::vector<File> m_files;
};

// The line of an SQL entry as it is queued: what its producer need not say is added.
[[nodiscard]] std::string complete_sql_line(std::string_view line, const Entry& read,
                                            std::string_view id, Instant now,
                                            std::string_view origin);

} // namespace menacedb
