#include "cli/commands/status_prometheus.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

#include <array>

namespace menacedb {
namespace {

struct Label {
  std::string_view name;
  std::string_view value;
};

// The format knows three escapes; what is not UTF-8 is made so first.
std::string label_value(std::string_view text) {
  const std::string valid = is_valid_utf8(text) ? std::string(text) : printable(text);
  std::string escaped;
  for (const char c : valid) {
    if (c == '\n') {
      escaped += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') {
      escaped += '\\';
    }
    escaped += c;
  }
  return escaped;
}

class Exposition {
public:
  // All samples of a family follow its family().
  void family(std::string_view name, std::string_view type, std::string_view help) {
    m_name = name;
    m_text += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
  }
  template <typename Number>
  void sample(std::initializer_list<Label> labels, Number value) {
    sample("", labels, value);
  }
  // Of a family whose samples have endings to its name.
  template <typename Number>
  void sample(std::string_view ending, std::initializer_list<Label> labels, Number value) {
    m_text.append(m_name).append(ending);
    char separator = '{';
    for (const Label& label : labels) {
      m_text += fmt::format("{}{}=\"{}\"", separator, label.name, label_value(label.value));
      separator = ',';
    }
    m_text += fmt::format("{} {}\n", labels.size() == 0 ? "" : "}", value);
  }
  [[nodiscard]] std::string take() {
    m_text.pop_back();
    return std::move(m_text);
  }

private:
  std::string_view m_name;
  std::string m_text;
};

void add_health(Exposition& out, const StatusReport& report) {
  out.family("menacedb_up", "gauge", "1 unless entries cannot be taken or applied.");
  out.sample({}, report.health == "down" ? 0 : 1);
  out.family("menacedb_health", "gauge", "1 for the state that health is in.");
  for (const std::string_view state : std::to_array<std::string_view>({"ok", "degraded", "down"})) {
    out.sample({{"state", state}}, report.health == state ? 1 : 0);
  }
  out.family("menacedb_problems", "gauge", "Problems that menacedb status tells.");
  out.sample({}, report.problems.size());
}

void add_queues(Exposition& out, const StatusReport& report) {
  out.family("menacedb_queue_pending", "gauge", "Entries that wait in a queue.");
  for (const QueueState& queue : report.queues) {
    out.sample({{"queue", queue.name}, {"format", queue.format}}, queue.pending);
  }
  out.family("menacedb_pending", "gauge", "Entries that wait anywhere, deferred ones included.");
  out.sample({}, report.total.pending);
  if (report.total.oldest) {
    out.family("menacedb_oldest_entry_seconds", "gauge", "Age of the first waiting entry.");
    out.sample({}, static_cast<double>(report.total.oldest->count()) / 1e6);
  }
  out.family("menacedb_dead_letters", "gauge", "Entries that could not be applied.");
  out.sample({}, report.total.failed);
}

void add_stats(Exposition& out, const StatusReport& report) {
  for (const auto& [name, count] : report.stats) {
    const std::string family = fmt::format("menacedb_{}_total", name);
    out.family(family, "counter", fmt::format("Entries {}.", name));
    out.sample({}, count);
  }
}

// The same bounds in each scrape: the powers of two from 64 microseconds to a good hour.
void add_latency(Exposition& out, const FlowReport& flow) {
  constexpr std::size_t k_first = LatencyHistogram::bucket_of(Duration(1 << 6));
  constexpr std::size_t k_last = LatencyHistogram::bucket_of(Duration(1LL << 32));
  out.family("menacedb_latency_seconds", "histogram", "From enqueuing to applying an entry.");
  std::uint64_t below = 0;
  for (std::size_t bucket = 0; bucket <= k_last; ++bucket) {
    if (bucket >= k_first && (bucket - k_first) % LatencyHistogram::k_steps == 0) {
      const double bound = static_cast<double>(LatencyHistogram::begin_of(bucket).count()) / 1e6;
      out.sample("_bucket", {{"le", fmt::format("{}", bound)}}, below);
    }
    below += flow.latency.count(bucket);
  }
  out.sample("_bucket", {{"le", "+Inf"}}, flow.latency.count());
  out.sample("_sum", {}, static_cast<double>(flow.latency.total().count()) / 1e6);
  out.sample("_count", {}, flow.latency.count());
}

void add_databases(Exposition& out, const StatusReport& report) {
  out.family("menacedb_database_bytes", "gauge", "Size of the database file.");
  for (const DatabaseState& database : report.databases) {
    out.sample({{"database", database.name}}, database.size);
  }
  out.family("menacedb_database_wal_bytes", "gauge", "Size of the write-ahead log.");
  for (const DatabaseState& database : report.databases) {
    out.sample({{"database", database.name}}, database.wal_size);
  }
  out.family("menacedb_database_ok", "gauge", "0 for a database that cannot be used.");
  for (const DatabaseState& database : report.databases) {
    out.sample({{"database", database.name}}, database.is_ok ? 1 : 0);
  }
}

void add_accesses(Exposition& out, const AccessCounts& access) {
  if (access.is_empty()) {
    return;
  }
  out.family("table_access_total", "gauge", "Accesses to a table.");
  for (const auto& [table, count] : access.shared) {
    out.sample({{"table", table}, {"placement", "shared"}}, count);
  }
  for (const auto& [table, count] : access.local) {
    out.sample({{"table", table}, {"placement", "local"}}, count);
  }
}

} // namespace

std::string to_prometheus(const StatusReport& report) {
  Exposition out;
  add_health(out, report);
  add_queues(out, report);
  add_stats(out, report);
  if (report.flow) {
    add_latency(out, *report.flow);
  }
  add_databases(out, report);
  add_accesses(out, report.access);
  return out.take();
}

} // namespace menacedb
