#pragma once

#include "core/engine/clients/allow_list.hpp"
#include "core/os/fs.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace menacedb {

// Looks for code that opens SQLite databases itself instead of asking the router. A finding is
// allowed by the list, or by a comment `menacedb: allow <reason>` on its line. Not thread-safe.
class ConnectionCheck {
public:
  ConnectionCheck(Fs& fs, AllowList allowed);

  // A file that a person named: any failure throws Error; links are followed.
  void check(const std::string& path);
  // A file of a list: what is gone meanwhile, and what is no regular file, is passed over.
  void check_listed(const std::string& path);

  struct Finding {
    std::string path;
    std::uint64_t line = 0;   // from 1
    std::uint64_t column = 0; // of its bytes, from 1
    std::string text;         // the line, trimmed
    std::string pattern;
  };
  [[nodiscard]] const std::vector<Finding>& findings() const noexcept { return m_findings; }
  [[nodiscard]] std::uint64_t allowed() const noexcept { return m_allowed; }
  [[nodiscard]] std::uint64_t files() const noexcept { return m_files; }
  // Source files too large to be written by hand.
  [[nodiscard]] const std::vector<std::string>& skipped() const noexcept { return m_skipped; }
  [[nodiscard]] const AllowList& allow_list() const noexcept { return m_allow_list; }

private:
  void read_and_check(const std::string& path);
  void check_text(const std::string& path, std::string_view text);

  Fs& m_fs;
  AllowList m_allow_list;
  std::vector<Finding> m_findings;
  std::uint64_t m_allowed = 0;
  std::uint64_t m_files = 0;
  std::vector<std::string> m_skipped;
  std::string m_buffer;
};

} // namespace menacedb
