#pragma once

#include "core/os/posix_fs.hpp"
#include "core/os/process_identity.hpp"
#include "core/queue/job_store.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace menacedb::test {

// A job database in a directory of its own, and a clock that stands still.
struct JobBench {
  TempDir directory;
  PosixFs fs;
  FakeClock clock;
  StopFlag stop;
  std::string path = directory / "jobs.db";
  std::string owner = process_identity();

  JobStore open() { return {fs, clock, stop, {.path = path}}; }

  NewJob job(std::string_view type = "Ping", std::string_view payload = "{}") {
    return {.type = type, .payload = payload, .created_at = clock.now()};
  }
  std::vector<Job> claim(JobStore& store, std::size_t count = 1, std::string_view type = "Ping") {
    const std::vector<JobAllowance> types = {{type, count}};
    return claim(store, types, count);
  }
  std::vector<Job> claim(JobStore& store, std::span<const JobAllowance> types, std::size_t count) {
    return store.change([&](JobTable& table) {
      return table.claim(
          {.owner = owner, .types = types, .count = count, .now = clock.now(), .lease = k_lease});
    });
  }
  static constexpr Duration k_lease = std::chrono::seconds(30);
};

} // namespace menacedb::test
