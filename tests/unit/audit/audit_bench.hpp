#pragma once

#include "core/audit/audit_log.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fault_fs.hpp"
#include "tests/support/temp_dir.hpp"

#include <fstream>
#include <sstream>
#include <string>

namespace menacedb::test {

// A folder for logs, a file system with faults, a clock that stands still.
struct AuditBench {
  TempDir dir;
  FaultFs fs;
  FakeClock clock;
  std::string path = dir / "audit.log";

  [[nodiscard]] AuditOptions options() const {
    AuditOptions options;
    options.path = path;
    options.backups = 5;
    return options;
  }
  [[nodiscard]] AuditEntry entry(std::string_view table) {
    return {"alpha", table, "write", clock.now(), std::nullopt};
  }
  void append(AuditLog& log, std::string_view table) {
    const AuditEntry one = entry(table);
    log.append({&one, 1});
  }
  void write(const std::string& name, std::string_view text) const {
    std::ofstream(name, std::ios::app | std::ios::binary) << text;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(name, std::ios::binary).rdbuf();
    return text.str();
  }
  [[nodiscard]] std::string text() const { return read(path); }
};

} // namespace menacedb::test
