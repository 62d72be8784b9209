#include "core/os/posix_fs.hpp"
#include "core/queue/jsonl_queue.hpp"
#include "tests/contract/queue_contract.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

namespace {

using namespace menacedb;

// The clock stands far from the files' real times, so that every wait is over.
class JsonlUnderTest : public test::QueueUnderTest {
public:
  explicit JsonlUnderTest(Bytes in_place_below = 0) { m_options.in_place_below = in_place_below; }

  std::unique_ptr<Queue> open() override {
    return std::make_unique<JsonlQueue>(m_fs, m_clock, m_log, m_directory / "queue", m_options);
  }
  void let_time_pass() override { m_clock.advance(std::chrono::minutes(1)); }

private:
  test::TempDir m_directory;
  PosixFs m_fs;
  test::FakeClock m_clock;
  Log m_log{LogLevel::error, LogFormat::kv};
  JsonlQueueOptions m_options;
};

class JsonlInPlace : public JsonlUnderTest {
public:
  JsonlInPlace() : JsonlUnderTest(1u << 20) {}
};

} // namespace

MENACEDB_QUEUE_CONTRACT(JsonlUnderTest, "jsonl sealing")
MENACEDB_QUEUE_CONTRACT(JsonlInPlace, "jsonl in place")
MENACEDB_LANES_CONTRACT(JsonlUnderTest, "jsonl sealing")
MENACEDB_LANES_CONTRACT(JsonlInPlace, "jsonl in place")
