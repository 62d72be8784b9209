// jobs_probe DATABASE COUNT BATCH: claims and completes COUNT jobs as menacedb's own worker does,
// by its job table: one by one, or BATCH in a transaction. Not a floor, but what is held against
// jobs_loop.

#include "core/os/clock.hpp"
#include "core/os/posix_fs.hpp"
#include "core/os/process_identity.hpp"
#include "core/queue/job_store.hpp"

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace {

using namespace menacedb;

void expect(bool condition, const char* what) {
  if (!condition) {
    std::fprintf(stderr, "jobs_probe: %s\n", what);
    std::exit(1);
  }
}

class Worker {
public:
  explicit Worker(const std::string& path)
      : m_store(m_fs, m_clock, m_stop, {.path = path, .wal_limit = Bytes{1} << 40}) {}

  // Ends early where there is no more to claim, since others work beside it.
  void one_by_one(long count) {
    for (long done = 0; done < count; ++done) {
      const std::vector<Job> jobs =
          m_store.change([&](JobTable& table) { return table.claim(request(1)); });
      if (jobs.empty()) {
        return;
      }
      expect(m_store.change([&](JobTable& table) {
        return table.complete(jobs.front().claim(), m_clock.now());
      }),
             "a claim was lost");
    }
  }

  // As a worker that has run a batch: what is done ends and the next ones begin in one transaction.
  void batched(long count, std::size_t batch) {
    std::vector<Job> jobs;
    for (long done = 0; done <= count; done += static_cast<long>(batch)) {
      m_store.write([&](JobTable& table) {
        if (!jobs.empty()) { // their numbers follow each other
          expect(table.complete(jobs.front().claim(), jobs.size(), m_clock.now()) == jobs.size(),
                 "a claim was lost");
        }
        jobs = done < count ? table.claim(request(batch)) : std::vector<Job>();
      });
    }
  }

private:
  JobClaimRequest request(std::size_t count) {
    m_types.front().most = count;
    return {.owner = m_owner, .types = m_types, .count = count, .now = m_clock.now()};
  }

  PosixFs m_fs;
  SystemClock m_clock;
  StopFlag m_stop;
  JobStore m_store;
  std::string m_owner = process_identity();
  std::vector<JobAllowance> m_types = {{"Noop", 1}};
};

} // namespace

int main(int count, char** words) {
  expect(count == 4, "wrong usage");
  try {
    Worker worker(words[1]);
    const long jobs = std::atol(words[2]);
    const long batch = std::atol(words[3]);
    batch == 1 ? worker.one_by_one(jobs) : worker.batched(jobs, static_cast<std::size_t>(batch));
  } catch (const Error& error) {
    expect(false, error.what());
  }
  _exit(0);
}
