#pragma once

#include "core/audit/line_buffer.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// What the verification of one file found.
struct ChainVerdict {
  std::string path;
  std::uint64_t lines = 0;
  bool is_ok = true;
  std::uint64_t first_bad_line = 0; // from 1; 0: none, or no single line is to blame
  std::string reason;               // when it is not ok

  std::uint64_t first_chained_line = 0; // 0: none
  std::string previous;                 // the hash that the first chained line follows
  std::string last_hash;                // of the last good chained line
};

// Recomputes the chain of one file (audit_chain.hpp), fed block by block: a line that was changed,
// removed, added or moved makes it or its successor bad. Lines in front of the first chained one
// are from the time before the chain; behind it a line without a hash is bad, too. Lines that were
// cut from the end leave no trace in the file itself. Not thread-safe.
class ChainVerifier {
public:
  [[nodiscard]] LineBuffer& input() noexcept { return m_input; }
  // Looks at the whole lines that are there.
  void scan();
  // At the end of the file. Then the verdict is complete, but for its path.
  void finish();
  [[nodiscard]] const ChainVerdict& verdict() const noexcept { return m_verdict; }

private:
  void verify(const LineBuffer::Line& line);
  void fail(std::string reason);

  LineBuffer m_input;
  ChainVerdict m_verdict;
};

// Whether files that are generations of one log (`audit.log`, `audit.log.1`, `audit.log.2.gz`)
// follow each other, whatever their order here. A file that does not follow the one before it is
// bad at its first chained line: the end of that one, or a file between them, is missing.
void verify_generations(std::vector<ChainVerdict>& verdicts);

} // namespace menacedb
