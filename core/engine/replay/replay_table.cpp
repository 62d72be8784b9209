#include "core/engine/replay/replay_table.hpp"

#include "core/base/text.hpp"
#include "core/engine/jobs/job_places.hpp"
#include "core/engine/replay/replay_groups.hpp"
#include "core/engine/retry_busy.hpp"
#include "core/queue/dir_entry.hpp"
#include "core/queue/failed_entries.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace menacedb {
namespace {

constexpr std::size_t k_at_once = 1000; // rows in a transaction
constexpr std::size_t k_longest_sample = 4096;

class TableReplay {
public:
  TableReplay(const Context& context, const std::string& database, const ReplayOptions& options)
      : m_context(context),
        m_database(database),
        m_options(options),
        m_left(options.limit.value_or(std::numeric_limits<std::uint64_t>::max())) {}

  ReplayReport run(bool is_listing);

private:
  struct Failure {
    std::string id;
    std::string table;
    bool is_entry = false; // can be queued again
  };
  [[nodiscard]] Failure read(const Job& job) const;
  [[nodiscard]] bool is_chosen(const Job& job, const Failure& failure) const;
  void take(const Job& job, bool is_listing);
  void carry_out();

  const Context& m_context;
  const std::string& m_database;
  const ReplayOptions& m_options;
  std::uint64_t m_left;
  std::vector<FailedEntry> m_taken;
  ReplayReport m_report;
  ReplayGroups m_groups;
};

TableReplay::Failure TableReplay::read(const Job& job) const {
  Batch batch;
  decode_dir_entry(batch, job.payload, {});
  const Entry& entry = batch.entries.front();
  const bool is_short = job.payload.size() <= m_context.settings.bytes("queue.max_line");
  return {std::string(entry.id), std::string(entry.table), entry.fault < 0 && is_short};
}

bool TableReplay::is_chosen(const Job& job, const Failure& failure) const {
  if (!is_meant(m_options, failure.table, job.error)) {
    return false;
  }
  return m_options.ids.empty() || std::ranges::any_of(m_options.ids, [&](const std::string& id) {
           return id == failure.id || id == std::to_string(job.id);
         });
}

void TableReplay::take(const Job& job, bool is_listing) {
  const Failure failure = read(job);
  ++m_report.remaining;
  if (m_left == 0 || !is_chosen(job, failure)) {
    return;
  }
  --m_left;
  m_groups.add(job.error, failure.table, job.completed_at,
               trim(std::string_view(job.payload).substr(0, k_longest_sample)));
  if (is_listing) {
    return;
  }
  if (failure.is_entry || m_options.discards) {
    m_taken.push_back({job.id, job.run});
  } else {
    ++m_report.skipped;
  }
}

// What somebody else has taken meanwhile is neither ours nor left.
void TableReplay::carry_out() {
  JobStore store(m_context.fs, m_context.clock, m_context.stop,
                 job_store_options(m_context.settings, m_database));
  FailedEntries failed(store.database());
  std::span<const FailedEntry> left = m_taken;
  while (!left.empty() && !m_context.stop.is_requested()) {
    const auto some = left.first(std::min(left.size(), k_at_once));
    std::uint64_t done = 0;
    retry_busy(m_context, [&] {
      store.write([&](JobTable&) {
        done = 0;
        for (const FailedEntry& entry : some) {
          done += (m_options.discards ? failed.remove(entry) : failed.replay(entry)) ? 1 : 0;
        }
      });
    });
    m_report.replayed += done;
    m_report.remaining -= some.size();
    left = left.subspan(some.size());
  }
  store.checkpoint_if_large(true);
}

ReplayReport TableReplay::run(bool is_listing) {
  if (std::optional<Database> database = open_jobs_to_read(m_context, m_database)) {
    each_failed_entry(*database, [&](const Job& job) {
      take(job, is_listing);
      return !m_context.stop.is_requested();
    });
  }
  if (m_options.is_dry_run) {
    m_report.replayed = m_taken.size();
    m_report.remaining -= m_taken.size();
  } else if (!m_taken.empty()) {
    carry_out();
  }
  m_report.groups = m_groups.list();
  return std::move(m_report);
}

} // namespace

ReplayReport replay_table(const Context& context, const std::string& database,
                          const ReplayOptions& options) {
  return TableReplay(context, database, options).run(false);
}

ReplayReport list_table_failures(const Context& context, const std::string& database,
                                 const ReplayOptions& options) {
  return TableReplay(context, database, options).run(true);
}

} // namespace menacedb
