// Random operations from several connections, with a clock that jumps, against a model that is a
// list in memory.
#include "core/queue/job_care.hpp"
#include "core/queue/job_list.hpp"
#include "tests/unit/queue/job_bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <tuple>

using namespace menacedb;
using namespace menacedb::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view k_types[] = {"A", "B", "C"};

struct Model {
  std::string type;
  std::string status{job_status::k_pending};
  std::int64_t priority = 0; // as stored
  std::int64_t created = 0;  // seconds
  Instant not_before{};
  std::uint64_t attempts = 0;
  std::uint64_t max_attempts = k_default_job_attempts;
  std::int64_t run = 0;
  std::string key;
  std::optional<std::pair<std::size_t, JobClaim>> holder; // connection, claim
};

class Play {
public:
  explicit Play(unsigned seed) : m_random(seed) {
    for (int i = 0; i < 3; ++i) {
      m_stores.push_back(std::make_unique<JobStore>(m_bench.fs, m_bench.clock, m_bench.stop,
                                                    JobStoreOptions{.path = m_bench.path}));
    }
  }

  void step() {
    switch (pick(10)) {
    case 0:
    case 1:
    case 2:
      return add();
    case 3:
    case 4:
      return claim();
    case 5:
    case 6:
      return end_claim();
    case 7:
      return end_stale_claim();
    case 8:
      return meddle();
    default:
      return turn_clock();
    }
  }

  void check_all() {
    std::size_t seen = 0;
    JobList(m_stores[0]->database())
        .each({.status = {}, .type = {}, .limit = 1'000'000}, [&](const Job& job) {
          const Model& model = m_jobs.at(job.id);
          ++seen;
          CHECK(job.status == model.status);
          CHECK(job.attempts == model.attempts);
          CHECK(job.run == model.run);
          CHECK(job.type == model.type);
          CHECK(job.token.empty() == !model.holder.has_value());
          return true;
        });
    CHECK(seen == m_jobs.size());
  }

private:
  std::size_t pick(std::size_t below) { return m_random() % below; }
  JobStore& store() { return *m_stores[m_connection = pick(m_stores.size())]; }
  [[nodiscard]] Instant now() { return m_bench.clock.now(); }

  void add() {
    NewJob job = m_bench.job(k_types[pick(3)]);
    job.priority = 1 + static_cast<int>(pick(3));
    Model model;
    model.type = job.type;
    model.priority = to_sql_priority(job.priority);
    model.created =
        std::chrono::floor<std::chrono::seconds>(job.created_at.time_since_epoch()).count();
    if (pick(3) == 0) {
      job.not_before = now() + std::chrono::seconds(pick(100));
      model.not_before = *job.not_before;
    }
    if (pick(3) == 0) {
      model.max_attempts = 1 + pick(4);
      job.max_attempts = model.max_attempts;
    }
    if (pick(4) == 0) {
      model.key = "k" + std::to_string(pick(3));
      job.unique_key = model.key;
    }
    const bool is_taken = std::ranges::any_of(m_jobs, [&](const auto& other) {
      return !model.key.empty() && other.second.key == model.key &&
             other.second.type == model.type && other.second.status == job_status::k_pending;
    });
    const auto id = store().change([&](JobTable& table) { return table.add(job); });
    CHECK(id.has_value() == !is_taken);
    if (id) {
      m_jobs[*id] = model;
    }
  }

  // The due jobs of the types in the order of the contract, within the limits.
  std::vector<std::int64_t> expected(const std::vector<JobAllowance>& types, std::size_t count) {
    std::vector<std::int64_t> ids;
    for (const auto& [id, job] : m_jobs) {
      if (job.status == job_status::k_pending && job.not_before <= now()) {
        ids.push_back(id);
      }
    }
    const auto key = [&](std::int64_t id) {
      const Model& job = m_jobs.at(id);
      return std::tuple(-job.priority, job.not_before, job.created, id);
    };
    std::ranges::sort(ids, {}, key);
    std::map<std::string_view, std::size_t> left;
    for (const JobAllowance& type : types) {
      left[type.type] = type.most;
    }
    std::vector<std::int64_t> chosen;
    for (const std::int64_t id : ids) {
      std::size_t& most = left[m_jobs.at(id).type];
      if (most > 0 && chosen.size() < count) {
        --most;
        chosen.push_back(id);
      }
    }
    return chosen;
  }

  void claim() {
    std::vector<JobAllowance> types;
    for (const std::string_view type : k_types) {
      if (pick(3) != 0) {
        types.push_back({type, pick(4)});
      }
    }
    const std::size_t count = 1 + pick(5);
    const std::vector<std::int64_t> ids = expected(types, count);
    const std::vector<Job> jobs = m_bench.claim(store(), types, count);
    REQUIRE(jobs.size() == ids.size());
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      CHECK(jobs[i].id == ids[i]);
      Model& model = m_jobs.at(ids[i]);
      CHECK(jobs[i].attempts == model.attempts);
      model.status = job_status::k_running;
      CHECK(jobs[i].run == ++model.run);
      model.holder.emplace(m_connection, jobs[i].claim());
      m_claims.push_back(jobs[i].claim());
    }
  }

  std::optional<std::int64_t> some_held() {
    std::vector<std::int64_t> held;
    for (const auto& [id, job] : m_jobs) {
      if (job.holder) {
        held.push_back(id);
      }
    }
    return held.empty() ? std::nullopt : std::optional(held[pick(held.size())]);
  }

  void end_claim() {
    const auto id = some_held();
    if (!id) {
      return;
    }
    Model& model = m_jobs.at(*id);
    const JobClaim claim = model.holder->second;
    switch (pick(5)) {
    case 0: // the others end it; this one keeps it
      CHECK(store().change([&](JobTable& table) { return table.renew(claim, now() + 1h); }));
      return;
    case 1:
      CHECK(store().change([&](JobTable& table) { return table.release(claim); }));
      model.status = job_status::k_pending;
      --model.run;
      break;
    case 2:
      CHECK(store().change([&](JobTable& table) { return table.complete(claim, now()); }));
      model.status = job_status::k_completed;
      break;
    default: {
      const bool is_lost = pick(2) == 0;
      const JobFailure failure{.error = "no",
                               .now = now(),
                               .retry_after = std::chrono::seconds(pick(60)),
                               .is_final = pick(8) == 0};
      const JobEnd end = store().change([&](JobTable& table) {
        return is_lost ? table.expire(claim, failure) : table.fail(claim, failure);
      });
      ++model.attempts;
      model.run -= is_lost ? 1 : 0;
      const bool is_over = failure.is_final || model.attempts >= model.max_attempts;
      CHECK(end == (is_over ? JobEnd::failed : JobEnd::pending));
      model.status = is_over ? job_status::k_failed : job_status::k_pending;
      if (!is_over) {
        model.not_before = now() + failure.retry_after;
      }
    }
    }
    model.holder.reset();
  }

  // One of all claims there ever were: it only counts when it is the job's present one.
  void end_stale_claim() {
    if (m_claims.empty()) {
      return;
    }
    const JobClaim claim = m_claims[pick(m_claims.size())];
    Model& model = m_jobs.at(claim.id);
    const bool is_current = model.holder && model.holder->second.token == claim.token;
    CHECK(store().change([&](JobTable& table) { return table.complete(claim, now()); }) ==
          is_current);
    if (is_current) {
      model.status = job_status::k_completed;
      model.holder.reset();
    }
  }

  // A person, or a program that knows only the old columns.
  void meddle() {
    if (m_jobs.empty()) {
      return;
    }
    const auto id = static_cast<std::int64_t>(1 + pick(m_jobs.size()));
    const auto found = m_jobs.find(id);
    if (found == m_jobs.end()) {
      return;
    }
    Model& model = found->second;
    JobCare care(store().database());
    const bool is_open = model.status == job_status::k_pending ||
                         model.status == job_status::k_running ||
                         model.status == job_status::k_failed;
    if (pick(2) == 0) {
      CHECK(care.cancel(id, now()) == is_open);
      if (!is_open) {
        return;
      }
      model.status = job_status::k_cancelled;
    } else if (const bool is_over =
                   model.status != job_status::k_pending && model.status != job_status::k_running;
               care.retry(id)) {
      CHECK(is_over);
      model.status = job_status::k_pending;
      model.attempts = 0;
      model.not_before = {};
    } else {
      CHECK_FALSE(is_over);
      return;
    }
    model.holder.reset();
  }

  void turn_clock() {
    const Duration most = pick(4) == 0 ? Duration(2h) : Duration(30s);
    const Duration jump(static_cast<Duration::rep>(pick(static_cast<std::size_t>(most.count()))));
    m_bench.clock.set_now(now() + (pick(4) == 0 ? -jump : jump));
  }

  JobBench m_bench;
  std::mt19937 m_random;
  std::vector<std::unique_ptr<JobStore>> m_stores;
  std::size_t m_connection = 0;
  std::map<std::int64_t, Model> m_jobs;
  std::vector<JobClaim> m_claims;
};

} // namespace

TEST_CASE("whatever happens in whatever order the table does as a simple model") {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    Play play(seed);
    for (int i = 0; i < 400; ++i) {
      play.step();
    }
    play.check_all();
  }
}
