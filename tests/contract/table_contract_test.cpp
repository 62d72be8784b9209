#include "core/os/posix_fs.hpp"
#include "core/queue/table_queue.hpp"
#include "tests/contract/queue_contract.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

namespace {

using namespace menacedb;

// A queue with a connection of its own, as each process has one.
class OpenTable : public Queue {
public:
  OpenTable(Fs& fs, Clock& clock, const StopFlag& stop, const std::string& path)
      : m_store(fs, clock, stop, {.path = path}), m_queue(m_store, clock, {}) {}

  std::string append(const Lane& lane, std::string_view lines,
                     const AppendOptions& options) override {
    return m_queue.append(lane, lines, options);
  }
  void claim(LedgerView& ledger, const ClaimLimits& limits, Batch& batch) override {
    m_queue.claim(ledger, limits, batch);
  }
  void settle(const Batch& batch, const Outcomes& outcomes) override {
    m_queue.settle(batch, outcomes);
  }
  std::vector<SegmentId> sweep(LedgerView& ledger) override { return m_queue.sweep(ledger); }
  QueueScan scan(LedgerView& ledger, Bytes count_bytes) override {
    return m_queue.scan(ledger, count_bytes);
  }

private:
  JobStore m_store;
  TableQueue m_queue;
};

class TableUnderTest : public test::QueueUnderTest {
public:
  std::unique_ptr<Queue> open() override {
    return std::make_unique<OpenTable>(m_fs, m_clock, m_stop, m_directory / "jobs.db");
  }
  [[nodiscard]] bool has_lanes() const override { return false; }
  void let_time_pass() override { m_clock.advance(std::chrono::minutes(1)); }

private:
  test::TempDir m_directory;
  PosixFs m_fs;
  test::FakeClock m_clock;
  StopFlag m_stop;
};

} // namespace

MENACEDB_QUEUE_CONTRACT(TableUnderTest, "table")
