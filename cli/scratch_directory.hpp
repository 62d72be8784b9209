#pragma once

#include "core/base/error.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace menacedb {

// A folder for what a command needs while it runs, gone with everything in it afterwards.
class ScratchDirectory {
public:
  ScratchDirectory() {
    m_path = (std::filesystem::temp_directory_path() / "menacedb-XXXXXX").string();
    if (::mkdtemp(m_path.data()) == nullptr) {
      throw system_error(errno, "create", m_path);
    }
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
  }
  [[nodiscard]] const std::string& path() const noexcept { return m_path; }

private:
  std::string m_path;
};

} // namespace menacedb
