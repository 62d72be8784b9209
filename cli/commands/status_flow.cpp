#include "cli/commands/status_flow.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace menacedb {
namespace {

struct Quantile {
  const char* name;
  double part;
};
constexpr std::array k_quantiles{Quantile{"p50", 0.5}, Quantile{"p95", 0.95},
                                 Quantile{"p99", 0.99}};

double to_ms(Duration duration) {
  return static_cast<double>(duration.count()) / 1000.0;
}

Duration mean(const LatencyHistogram& latency) {
  return latency.count() == 0 ? Duration::zero()
                              : latency.total() / static_cast<std::int64_t>(latency.count());
}

void add_rates(JsonWriter& json, const char* name, double minute, double hour) {
  json.key(name).begin_object().member("minute", minute).member("hour", hour).end_object();
}

void add_latency(JsonWriter& json, const FlowReport& flow) {
  json.key("latency").begin_object().member("count", flow.latency.count());
  for (const Quantile& quantile : k_quantiles) {
    json.key(std::string(quantile.name) + "_ms");
    if (flow.latency.count() == 0) {
      json.null();
    } else {
      json.value(to_ms(flow.latency.quantile(quantile.part)));
    }
  }
  json.key("mean_ms");
  if (flow.latency.count() == 0) {
    json.null();
  } else {
    json.value(to_ms(mean(flow.latency)));
  }
  json.member("untimed", flow.untimed).member("ahead", flow.ahead).end_object();
}

void add_counters(JsonWriter& json, const char* format, const EntryCounters& counters) {
  json.key(format).begin_object().member("enqueued", counters.enqueued);
  json.member("processed", counters.processed).member("failed", counters.failed);
  json.member("retried", counters.retried).member("direct", counters.direct).end_object();
}

std::string duration_text(Duration duration) {
  const double ms = to_ms(duration);
  return ms < 1000 ? fmt::format("{:.1f} ms", ms) : fmt::format("{:.1f} s", ms / 1000);
}

std::vector<std::string> counter_row(const char* format, const EntryCounters& counters) {
  return {fmt::format("  {}", format),      format_count(counters.enqueued),
          format_count(counters.processed), format_count(counters.failed),
          format_count(counters.retried),   format_count(counters.direct)};
}

} // namespace

std::optional<double> success_rate(const StatusReport& report) {
  const double processed = static_cast<double>(report.stats.at("processed"));
  const double all = processed + static_cast<double>(report.stats.at("failed"));
  return all > 0 ? std::optional(processed / all) : std::nullopt;
}

void add_flow(JsonWriter& json, const StatusReport& report) {
  if (!report.flow) {
    return;
  }
  const FlowReport& flow = *report.flow;
  json.key("flow").begin_object();
  add_rates(json, "enqueued_per_s", flow.minute.enqueued, flow.hour.enqueued);
  add_rates(json, "applied_per_s", flow.minute.applied, flow.hour.applied);
  add_latency(json, flow);
  json.key("success_rate");
  if (const auto rate = success_rate(report)) {
    json.value(*rate);
  } else {
    json.null();
  }
  json.key("by_format").begin_object();
  add_counters(json, "jsonl", report.rows);
  add_counters(json, "dir", report.files);
  json.end_object().end_object();
}

void print_flow(Printer& printer, const StatusReport& report) {
  if (!report.flow) {
    return;
  }
  const FlowReport& flow = *report.flow;
  printer.line(printer.bold("Rates:"));
  printer.line(fmt::format("  Enqueued: {:.2f}/s in the last minute, {:.2f}/s in the last hour",
                           flow.minute.enqueued, flow.hour.enqueued));
  printer.line(fmt::format("  Applied:  {:.2f}/s in the last minute, {:.2f}/s in the last hour",
                           flow.minute.applied, flow.hour.applied));
  printer.line("");
  printer.line(printer.bold("Latency from enqueuing to applying:"));
  if (flow.latency.count() == 0) {
    printer.line("  nothing measured yet");
  } else {
    std::string line = " ";
    for (const Quantile& quantile : k_quantiles) {
      line += fmt::format(" {} {},", quantile.name,
                          duration_text(flow.latency.quantile(quantile.part)));
    }
    printer.line(fmt::format("{} mean {} of {}", line, duration_text(mean(flow.latency)),
                             format_count(flow.latency.count())));
  }
  if (flow.untimed + flow.ahead > 0) {
    printer.line(fmt::format("  left out: {} without a time, {} from the future",
                             format_count(flow.untimed), format_count(flow.ahead)));
  }
  printer.line("");
  printer.line(printer.bold("By format:"));
  printer.table({"  format", "enqueued", "processed", "failed", "retried", "direct"},
                {counter_row("jsonl", report.rows), counter_row("dir", report.files)});
  printer.line("");
}

} // namespace menacedb
