#pragma once

#include "core/audit/audit_entry.hpp"
#include "core/audit/audit_file.hpp"
#include "core/audit/audit_line.hpp"
#include "core/base/error.hpp"

#include <optional>
#include <span>
#include <string>

namespace menacedb {

class AuditGuard;

struct AuditOptions {
  std::string path;
  bool chain = false;   // each line proves the ones before (audit_chain.hpp)
  Bytes max_bytes = 0;  // rotate before the file grows beyond this; 0: never by size
  unsigned backups = 0; // how many rotated generations are kept; 0: no rotation
  Duration max_age{};   // rotate when the first line is older than this; 0: never by age
};

// Appends accesses to a log that any number of processes write at once. What append() returned for
// stands in the file, or in a rotated generation of it, as whole lines, and survives the death of
// every process (not a power cut). No line is torn or lost by a rotation: a generation is only
// renamed, and deleted when it is one too many and nobody has it open.
//
// Without chain an append costs one write and one question for its end: the lock that keeps the
// file from being deleted is held as long as the file is open, and that the file was rotated is
// noticed by its size, by its age, and otherwise within a second. Until then, lines go to the
// generation that was the log when it was opened. With chain, appends exclude each other.
//
// Opens nothing before the first append. Not thread-safe; instances do not disturb each other.
class AuditLog {
public:
  AuditLog(Fs& fs, Clock& clock, AuditOptions options);

  // All entries, in this order, in one write. Throws Error when they could not be written, or, with
  // code "audit-unrotated", when they were but the file could not be rotated before.
  void append(std::span<const AuditEntry> entries);

private:
  void open();
  void append_plain(std::span<const AuditEntry> entries);
  void append_chained(std::span<const AuditEntry> entries);
  void write_chain(std::span<const AuditEntry> entries);
  struct ChainEnd {
    std::string hash;
    bool is_of_file = false; // else of the generation before, or the chain's start
  };
  [[nodiscard]] ChainEnd find_chain_end();
  [[nodiscard]] bool is_rotation_due(Instant now) const;
  void rotate_if_free();
  void rotate(const AuditGuard& held);
  void finish(std::span<const AuditEntry> entries);

  Fs& m_fs;
  Clock& m_clock;
  AuditOptions m_options;
  AuditFile m_file;
  AuditLineWriter m_writer;
  std::string m_lines;                   // under work
  Duration m_check_at{};                 // when to ask again whether the file is still the log
  std::optional<Instant> m_began_at;     // when its first line was written; kept for max_age
  Duration m_rotate_at{};                // not before, since the last attempt failed
  std::optional<Error> m_rotation_fault; // of that attempt
  Duration m_patience;                   // for locks
};

} // namespace menacedb
