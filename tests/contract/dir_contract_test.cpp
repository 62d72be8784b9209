#include "core/os/posix_fs.hpp"
#include "core/queue/dir_queue.hpp"
#include "tests/contract/queue_contract.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

namespace {

using namespace menacedb;

class DirUnderTest : public test::QueueUnderTest {
public:
  std::unique_ptr<Queue> open() override {
    return std::make_unique<DirQueue>(m_fs, m_clock, m_log, m_directory / "queue",
                                      DirClaimOptions());
  }
  [[nodiscard]] bool has_lanes() const override { return false; }
  void let_time_pass() override { m_clock.advance(std::chrono::minutes(1)); }

private:
  test::TempDir m_directory;
  PosixFs m_fs;
  test::FakeClock m_clock;
  Log m_log{LogLevel::error, LogFormat::kv};
};

} // namespace

MENACEDB_QUEUE_CONTRACT(DirUnderTest, "dir")
