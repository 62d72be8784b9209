#pragma once

#include "core/base/units.hpp"
#include "core/engine/context.hpp"
#include "core/engine/places.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace menacedb {

// One question and its answer.
struct Check {
  std::string name;    // "integrity"
  std::string subject; // a path
  bool is_ok = true;
  bool is_warning = false; // ok, but a person should know
  std::string detail;
};

struct ForeignKeyViolation {
  std::string database;
  std::string table;
  std::int64_t rowid = 0; // 0: the table has no row ids
  std::string parent;
};

struct VerifyReport {
  std::vector<Check> checks;
  std::vector<ForeignKeyViolation> violations; // the first ones of each database
  [[nodiscard]] bool is_ok() const noexcept;
};

struct VerifyRequest {
  std::vector<NamedDatabase> databases;
  std::vector<NamedDatabase> backups_of; // whose backups are read, whether they exist or not
  bool is_quick = false; // quick_check; queue files are not read through, backups not unpacked
  bool checks_databases = true; // their content
  bool checks_queues = true;    // the configured spools, against the ledgers of their home stores
  // What is looked through, and how many bytes of it were read; from another thread.
  std::function<void(const std::string& what, Bytes done, Bytes total)> progress;
};

// Looks whether everything is sound; what is not is an answer, not an Error. Only reads, and leaves
// nothing behind. Throws busy when a lock keeps it from reading, or when a stop was requested (code
// "interrupted").
[[nodiscard]] VerifyReport verify(const Context& context, const VerifyRequest& request);

} // namespace menacedb
