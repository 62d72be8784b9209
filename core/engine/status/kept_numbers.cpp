#include "core/engine/status/kept_numbers.hpp"

#include "core/base/hash.hpp"
#include "core/db/sql_values.hpp"
#include "core/engine/status/packed_items.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

constexpr std::string_view k_title = "menacedb-status/1 ";

void pack(PackedItems& items, Instant instant) {
  items.number(unsigned_from_sql(to_sql(instant)));
}

Instant instant_of(PackedItemsReader& items) {
  return instant_from_sql(to_sql(items.number()));
}

void pack(PackedItems& items, const std::optional<Instant>& instant) {
  items.number(instant ? 1 : 0);
  pack(items, instant.value_or(Instant()));
}

std::optional<Instant> optional_instant_of(PackedItemsReader& items) {
  const bool is_there = items.number() == 1;
  const Instant instant = instant_of(items);
  return is_there ? std::optional(instant) : std::nullopt;
}

void pack(PackedItems& items, const StoreSummary& summary) {
  items.number(summary.values.size());
  for (const auto& [name, value] : summary.values) {
    items.text(name);
    items.number(value);
  }
  for (const std::uint64_t count :
       {summary.dead, summary.replayed, summary.deferred, summary.forwarded}) {
    items.number(count);
  }
}

StoreSummary summary_of(PackedItemsReader& items) {
  StoreSummary summary;
  for (std::uint64_t left = items.count(); left > 0; --left) {
    const std::string_view name = items.text();
    summary.values.emplace_hint(summary.values.end(), name, items.number());
  }
  summary.totals = totals_in(summary.values);
  for (const auto count : {&StoreSummary::dead, &StoreSummary::replayed, &StoreSummary::deferred,
                           &StoreSummary::forwarded}) {
    summary.*count = items.number();
  }
  return summary;
}

void pack(PackedItems& items, const SpoolPosition& spool) {
  items.text(spool.spool);
  items.number(spool.settled.size());
  for (const SpoolPosition::Interval& interval : spool.settled) {
    items.number(interval.first);
    items.number(interval.last);
  }
  items.number(spool.under_way.size());
  for (const SpoolPosition::UnderWay& segment : spool.under_way) {
    items.number(segment.segment);
    items.number(segment.decided);
    items.number(segment.digest);
  }
}

SpoolPosition position_of(PackedItemsReader& items) {
  SpoolPosition spool{.spool = std::string(items.text()), .settled = {}, .under_way = {}};
  spool.settled.resize(items.count());
  for (SpoolPosition::Interval& interval : spool.settled) {
    interval.first = items.number();
    interval.last = items.number();
  }
  spool.under_way.resize(items.count());
  for (SpoolPosition::UnderWay& segment : spool.under_way) {
    segment.segment = items.number();
    segment.decided = items.number();
    segment.digest = items.number();
  }
  return spool;
}

void pack(PackedItems& items, const StoreNumbers& store) {
  pack(items, store.summary);
  items.number(store.positions.size());
  for (const SpoolPosition& spool : store.positions) {
    pack(items, spool);
  }
  items.number(store.dead_lanes.size());
  for (const StoreNumbers::DeadLane& dead : store.dead_lanes) {
    items.text(dead.spool);
    items.text(dead.lane.name);
    items.number(unsigned_from_sql(dead.lane.priority));
    items.number(dead.count);
  }
}

StoreNumbers store_of(PackedItemsReader& items) {
  StoreNumbers store{.summary = summary_of(items), .positions = {}, .dead_lanes = {}};
  store.positions.resize(items.count());
  for (SpoolPosition& spool : store.positions) {
    spool = position_of(items);
  }
  store.dead_lanes.resize(items.count());
  for (StoreNumbers::DeadLane& dead : store.dead_lanes) {
    dead.spool = items.text();
    dead.lane.name = items.text();
    dead.lane.priority = static_cast<int>(to_sql(items.number()));
    dead.count = items.number();
  }
  return store;
}

// Without the name, which is the database's path as it is asked for.
void pack(PackedItems& items, const JobNumbers& jobs) {
  for (const std::uint64_t count : {jobs.count.pending, jobs.count.processing, jobs.count.completed,
                                    jobs.count.failed, std::uint64_t{jobs.count.is_approximate}}) {
    items.number(count);
  }
  pack(items, jobs.count.oldest_at);
  pack(items, jobs.holds_until);
  items.number(jobs.pending_types.size());
  for (const std::string& type : jobs.pending_types) {
    items.text(type);
  }
  items.number(jobs.failing_types.size());
  for (const FailingType& failing : jobs.failing_types) {
    items.text(failing.type);
    items.number(failing.attempts);
    items.text(failing.error);
  }
}

JobNumbers jobs_of(PackedItemsReader& items) {
  JobNumbers jobs;
  jobs.count.format = "table";
  for (const auto count : {&QueueCount::pending, &QueueCount::processing, &QueueCount::completed,
                           &QueueCount::failed}) {
    jobs.count.*count = items.number();
  }
  jobs.count.is_approximate = items.number() != 0;
  jobs.count.oldest_at = optional_instant_of(items);
  jobs.holds_until = optional_instant_of(items);
  for (std::uint64_t left = items.count(); left > 0; --left) {
    jobs.pending_types.emplace_back(items.text());
  }
  jobs.failing_types.resize(items.count());
  for (FailingType& failing : jobs.failing_types) {
    failing.type = items.text();
    failing.attempts = items.number();
    failing.error = items.text();
  }
  return jobs;
}

std::string digest_of(std::string_view items) {
  return fmt::format("{:016x}\n", digest64(items));
}

} // namespace

std::string to_text(const KeptNumbers& kept) {
  PackedItems items;
  items.text(kept.mark);
  pack(items, kept.read_at);
  items.number(kept.numbers.store ? 1 : 0);
  if (kept.numbers.store) {
    pack(items, *kept.numbers.store);
  }
  items.number(kept.numbers.knows_jobs ? 1 : 0);
  items.number(kept.numbers.jobs ? 1 : 0);
  if (kept.numbers.jobs) {
    pack(items, *kept.numbers.jobs);
  }
  return std::string(k_title) + digest_of(items.bytes()) + items.bytes();
}

std::optional<KeptNumbers> parse_kept_numbers(std::string_view text) {
  constexpr std::size_t k_head = k_title.size() + 17;
  if (text.size() < k_head || !text.starts_with(k_title) ||
      text.substr(k_title.size(), k_head - k_title.size()) != digest_of(text.substr(k_head))) {
    return std::nullopt;
  }
  PackedItemsReader items(text.substr(k_head));
  KeptNumbers kept;
  kept.mark = items.text();
  kept.read_at = instant_of(items);
  if (items.number() == 1) {
    kept.numbers.store = store_of(items);
  }
  kept.numbers.knows_jobs = items.number() == 1;
  if (items.number() == 1) {
    kept.numbers.jobs = jobs_of(items);
  }
  return items.is_whole() ? std::optional(std::move(kept)) : std::nullopt;
}

} // namespace menacedb
