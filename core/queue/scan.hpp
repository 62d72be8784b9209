#pragma once

#include "core/queue/queue.hpp"
#include "core/queue/spool.hpp"

#include <map>
#include <string>
#include <vector>

namespace menacedb {

// Counts what waits in a spool. Only reads.
class Scanner {
public:
  Scanner(Fs& fs, const Spool& spool, Bytes count_bytes)
      : m_fs(fs), m_spool(spool), m_budget(count_bytes) {}

  [[nodiscard]] QueueScan scan(LedgerView& ledger);

private:
  struct File {
    std::string path;
    std::optional<SegmentId> segment; // of a sealed one
  };
  using Lanes = std::map<std::string, std::vector<File>>; // by file name; in order of the entries

  [[nodiscard]] Lanes find_files();
  [[nodiscard]] std::optional<Fd> open(const std::string& path);
  void add_stray(const std::string& path, std::string_view reason);
  [[nodiscard]] Bytes decided(const File& file, const Fd& descriptor, Bytes size,
                              LedgerView& ledger);
  void count_file(QueueCount& count, const Fd& descriptor, const FileStat& stat, Bytes begin);
  void count_lines(QueueCount& count, const Fd& descriptor, Bytes begin, Bytes end);
  [[nodiscard]] Instant first_time(const Fd& descriptor, const FileStat& stat, Bytes begin);

  Fs& m_fs;
  const Spool& m_spool;
  Bytes m_budget;
  Bytes m_counted_bytes = 0; // of lines that were counted, for the estimate
  std::uint64_t m_counted_lines = 0;
  QueueScan m_scan;
  std::string m_buffer;
};

} // namespace menacedb
