#pragma once

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/os/fs.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace menacedb {

// Why this cannot be a queue's file, as in "is a symbolic link"; none when it can. Only regular
// files with one link are read or written: a link may lead out of the spool, a FIFO may block.
[[nodiscard]] std::optional<std::string> why_stray(const FileStat& stat);
[[nodiscard]] std::string_view why_unreadable() noexcept;
[[nodiscard]] std::string_view why_misnamed() noexcept;
[[nodiscard]] Error stray_error(std::string_view action, std::string_view path,
                                std::string_view reason);

// Says once per process what was left alone.
class StrayReporter {
public:
  explicit StrayReporter(const Log& log) : m_log(log) {}
  void report(const std::string& path, std::string_view reason);

private:
  const Log& m_log;
  std::set<std::string> m_reported;
};

} // namespace menacedb
