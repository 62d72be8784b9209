#pragma once

#include "core/base/error.hpp"
#include "core/queue/queue.hpp"
#include "core/queue/segment_reader.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

namespace menacedb {

// Reads and decodes the next batch of a large sealed segment on another thread while the batch
// before it is applied. It only guesses that the batch in hand will be decided: who takes the guess
// after another outcome is refused by the ledger, and nothing is lost. Knows nothing of other
// lanes, so a chain of guesses is short, and a claim in between looks at all of them.
class ReadAhead {
public:
  ReadAhead(Fs& fs, Bytes max_line);

  // Begins with what follows `current`, when that is one slice of a sealed segment with more behind
  // it. The answer is why the segment could not be synced: its bytes may be lost, and nothing more
  // may be taken from it.
  [[nodiscard]] std::optional<Error> start(const Batch& current, const ClaimLimits& limits);
  // Exchanges the batch read ahead with `batch`; false when there is none: claim instead.
  [[nodiscard]] bool take(Batch& batch);
  // Whether a guess is being read or is ready.
  [[nodiscard]] bool is_under_way();
  // The batch in hand was not decided: the guess is void.
  void cancel();

private:
  enum class State { idle, reading, done };

  [[nodiscard]] bool is_source(const Slice& slice) const;
  [[nodiscard]] bool open_source(const Slice& slice);
  [[nodiscard]] std::optional<Error> sync_source();
  void stop_chain();
  void run(const std::stop_token& stop);
  void read();
  void await_reading();

  Fs& m_fs;
  Bytes m_max_line;
  SegmentReader m_reader;
  std::optional<OpenSegment> m_source;
  Position m_position;
  Bytes m_synced = 0; // bytes of the source that survive a power cut
  int m_chain = 0;    // guesses since the last claim
  Batch m_next;
  ClaimLimits m_limits;
  // The members above belong to the thread while it is reading, else to the caller.
  std::mutex m_mutex; // guards the members below
  std::condition_variable_any m_has_changed;
  State m_state = State::idle;
  std::exception_ptr m_failure;
  std::jthread m_thread; // last: it uses all of the above; starts with the first guess
};

} // namespace menacedb
