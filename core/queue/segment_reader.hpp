#pragma once

#include "core/model/batch.hpp"
#include "core/model/ledger_view.hpp"
#include "core/os/fs.hpp"
#include "core/queue/long_line.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// A segment's file, open for one claim.
struct OpenSegment {
  SegmentId segment;
  Lane lane;
  std::string path;
  bool is_sealed = false;
  Fd file;
};

struct ReadRequest {
  Bytes room = 0;                 // for text
  std::uint64_t most_entries = 0; // in the batch when done
  Bytes max_line = 0;
  std::string_view table; // only lines of this table, in front of the first other one; empty: all
  // Whether an unterminated last line will never be continued; empty: never.
  std::function<bool()> is_final;
};

enum class ReadEnd {
  complete,     // at the end of the file
  unterminated, // at its last line, which has no newline yet
  full,         // no room for more
  other_table,  // at a line of another table
  rewritten,    // the bytes before the offset are not those the ledger knows: nothing was taken
};

// The digest the ledger keeps of the bytes before an offset, given at most k_digest_span of them.
[[nodiscard]] std::uint64_t digest_before(std::string_view bytes) noexcept;

// Reads undecided lines of a segment into a batch, as one slice. A long line is taken alone.
class SegmentReader {
public:
  explicit SegmentReader(Fs& fs) : m_fs(fs), m_long_lines(fs) {}

  // Call before the batch is cleared: keeps a large text for the next read.
  void recycle(Batch& batch);
  // Appends a slice to the batch when there was something to take.
  [[nodiscard]] ReadEnd read(const OpenSegment& segment, const Position& position,
                             const ReadRequest& request, Batch& batch);

private:
  struct Reading; // one try to fill a slice

  [[nodiscard]] std::unique_ptr<std::string> take_text(std::size_t size);
  void give_back(std::unique_ptr<std::string> text);
  // None: the first line is longer than the room.
  [[nodiscard]] std::optional<ReadEnd> read_text(const OpenSegment& segment,
                                                 const Position& position,
                                                 const ReadRequest& request, Batch& batch);
  [[nodiscard]] std::optional<ReadEnd> take_lines(Reading& reading, std::string_view data,
                                                  bool reaches_end);
  [[nodiscard]] std::optional<ReadEnd> take_rest(Reading& reading, std::string_view rest,
                                                 bool reaches_end);
  [[nodiscard]] bool is_final(const Reading& reading, Bytes end_of_file);
  [[nodiscard]] std::optional<ReadEnd> take_long_line(const OpenSegment& segment,
                                                      const Position& position,
                                                      const LongLine& line,
                                                      const ReadRequest& request, Batch& batch);
  [[nodiscard]] std::uint64_t digest_at(const Fd& file, Bytes offset);

  Fs& m_fs;
  LongLines m_long_lines;
  std::unique_ptr<std::string> m_spare;
};

} // namespace menacedb
