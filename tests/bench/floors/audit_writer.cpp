// Not a floor: the audit log of menacedb, driven line by line as a long-lived process does, since
// no command writes so many lines one by one.
//
//   audit_writer FILE COUNT [chain]
#include "core/audit/audit_log.hpp"
#include "core/os/posix_fs.hpp"

#include <cstdlib>
#include <exception>
#include <string_view>

int main(int argc, char** argv) {
  using namespace menacedb;
  if (argc < 3) {
    return 2;
  }
  try {
    PosixFs fs;
    SystemClock clock;
    AuditOptions options;
    options.path = argv[1];
    options.chain = argc > 3 && std::string_view(argv[3]) == "chain";
    options.max_bytes = Bytes{1} << 40;
    options.backups = 5;
    AuditLog log(fs, clock, options);
    for (long rest = std::strtol(argv[2], nullptr, 10); rest > 0; --rest) {
      const AuditEntry entry{"alpha", "bots", "write", clock.now(), std::nullopt};
      log.append({&entry, 1});
    }
    return 0;
  } catch (const std::exception&) {
    return 1;
  }
}
