#include "core/os/log_file.hpp"
#include "core/os/posix_fs.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fault_fs.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cerrno>
#include <filesystem>

using namespace menacedb;

namespace {

struct Bench {
  test::TempDir dir;
  test::FaultFs fs;
  test::FakeClock clock;
  std::string path = dir / "logs/worker.log";

  std::string text(const std::string& name) { return read_file(fs, dir / name, 1u << 20); }
};

} // namespace

TEST_CASE("a line has the form of the old worker") {
  Bench bench;
  LogFile log(bench.fs, bench.clock, bench.path, 0, false);
  log.write("level=warning event=applied failed=2\n");
  const std::string line = bench.text("logs/worker.log");
  std::string time = format_instant(bench.clock.now()).substr(0, 19);
  time[10] = ' ';
  CHECK(line == fmt::format("[{}] [warning] event=applied failed=2\n", time));
}

TEST_CASE("a log that was renamed or deleted is opened anew") {
  Bench bench;
  LogFile log(bench.fs, bench.clock, bench.path, 0, false);
  log.write("level=info event=one\n");
  bench.fs.rename(bench.path, bench.dir / "moved");
  log.write("level=info event=two\n");
  CHECK(bench.text("moved").find("event=two") == std::string::npos);
  CHECK(bench.text("logs/worker.log").find("event=two") != std::string::npos);
  std::filesystem::remove(bench.path);
  log.write("level=info event=three\n");
  CHECK(bench.text("logs/worker.log").find("event=three") != std::string::npos);
}

TEST_CASE("a log is rotated before it grows too large and five old ones are kept") {
  Bench bench;
  LogFile log(bench.fs, bench.clock, bench.path, 100, false);
  for (int i = 0; i < 20; ++i) {
    log.write(fmt::format("level=info event=number-{}\n", i));
    CHECK(bench.fs.stat(bench.path)->size <= 100);
  }
  CHECK(bench.text("logs/worker.log").find("event=number-19") != std::string::npos);
  CHECK(bench.fs.stat(bench.path + ".5"));
  CHECK_FALSE(bench.fs.stat(bench.path + ".6"));
}

TEST_CASE("a full disk costs lines and nothing else") {
  Bench bench;
  LogFile log(bench.fs, bench.clock, bench.path, 0, false);
  bench.fs.fail(test::FsCall::write, ENOSPC);
  log.write("level=info event=lost\n");
  log.write("level=info event=kept\n");
  CHECK(bench.text("logs/worker.log").find("event=lost") == std::string::npos);
  CHECK(bench.text("logs/worker.log").find("event=kept") != std::string::npos);
}
