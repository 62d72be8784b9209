#pragma once

#include "core/audit/audit_counts.hpp"
#include "core/audit/audit_scan.hpp"
#include "core/audit/chain_verifier.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace menacedb {

class App;

// What audit-analyse answers beside the counts.
struct AuditAnswer {
  std::uint64_t top = 0; // writers at most; 0: all
  std::uint64_t entries = 0;
  std::uint64_t malformed = 0;
  std::uint64_t skipped = 0;
  bool has_since = false;
  bool verify = false;
  std::vector<ChainVerdict> verdicts; // with verify
};

// The three blocks of CONTRACTS 1.3, separated by TABs or, on a terminal, aligned; or one JSON
// object. With verify the text is the verdict of each file instead.
void print_audit_answer(App& app, const AuditCounts& counts, const AuditAnswer& answer);

// On stderr: how many lines of the file are malformed, and which is the first.
void note_malformed(App& app, const std::string& path, const AuditScanTotals& totals);

} // namespace menacedb
