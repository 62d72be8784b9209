#include "core/engine/drain/hook_state.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/engine/places.hpp"

#include <algorithm>

namespace menacedb {
namespace {

constexpr Bytes k_most_state = 64u << 10;

std::string state_path(const Context& context) {
  return join_path(queue_directory(context.settings), ".hooks.json");
}

std::uint64_t number_of(const JsonTape& tape, std::uint32_t object, std::string_view name) {
  const auto node = tape.find(object, name);
  const bool is_number = node && tape.at(*node).type == JsonType::integer;
  return is_number ? static_cast<std::uint64_t>(tape.at(*node).integer) : 0;
}

std::string text_of(const JsonTape& tape, std::uint32_t object, std::string_view name) {
  const auto node = tape.find(object, name);
  return node && tape.at(*node).type == JsonType::string ? std::string(tape.at(*node).text) : "";
}

// What stands in the file; nothing when it cannot be used.
std::vector<HookReport> read_state(const Context& context) {
  std::vector<HookReport> reports;
  const std::string path = state_path(context);
  if (!context.fs.stat(path)) {
    return reports;
  }
  const std::string text = read_file(context.fs, path, k_most_state);
  JsonTape tape;
  const JsonTape::Parsed parsed = tape.parse(text, 3);
  if (parsed.fault || tape.at(parsed.root).type != JsonType::object) {
    return reports;
  }
  const auto list = tape.find(parsed.root, "hooks");
  if (!list || tape.at(*list).type != JsonType::array) {
    return reports;
  }
  std::uint32_t node = *list + 1;
  for (std::uint32_t i = 0; i < tape.at(*list).child_count; ++i, node = tape.next_sibling(node)) {
    if (tape.at(node).type != JsonType::object) {
      continue;
    }
    if (const auto name = parse_hook(text_of(tape, node, "name"))) {
      reports.push_back(
          {*name, text_of(tape, node, "file"), static_cast<int>(number_of(tape, node, "line")),
           number_of(tape, node, "calls"), number_of(tape, node, "failures"),
           text_of(tape, node, "state") == "suspended", text_of(tape, node, "last_error")});
    }
  }
  return reports;
}

} // namespace

void add_hook(JsonWriter& json, const HookReport& report) {
  json.begin_object().member("name", hook_word(report.name));
  json.member("file", std::string_view(report.file)).member("line", report.line);
  json.member("calls", report.calls).member("failures", report.failures);
  json.member("state", report.is_suspended ? "suspended" : "active").key("last_error");
  report.last_error.empty() ? json.null() : json.value(std::string_view(report.last_error));
  json.end_object();
}

bool HookState::is_news(const Counts& counts) {
  if (!m_is_first) {
    return counts != m_counts;
  }
  if (counts != Counts{}) {
    return true;
  }
  // A drain that had nothing to ask leaves what an earlier one says, unless it speaks of failures.
  try {
    return std::ranges::any_of(read_state(m_context),
                               [](const HookReport& report) { return report.failures > 0; });
  } catch (const Error&) {
    return true; // what cannot be read is replaced
  }
}

void HookState::note(const Hooks* hooks) {
  if (hooks == nullptr) {
    return;
  }
  const std::vector<HookReport> reports = hooks->report();
  Counts counts;
  for (const HookReport& report : reports) {
    counts.calls += report.calls;
    counts.failures += report.failures;
  }
  if (!is_news(counts)) {
    return;
  }
  m_is_first = false;
  m_counts = counts;
  JsonWriter json;
  json.begin_object().member("schema", "menacedb.hook-state/1");
  json.member("at", format_instant(m_context.clock.now())).key("hooks").begin_array();
  for (const HookReport& report : reports) {
    add_hook(json, report);
  }
  json.end_array().end_object();
  try {
    replace_file_unsynced(m_context.fs, state_path(m_context), json.text() + "\n");
  } catch (const Error& error) {
    m_context.log.event(LogLevel::warning, "hook-state-unwritten", {{"reason", error.message()}});
  }
}

std::vector<HookReport> with_recorded_counts(const Context& context,
                                             std::vector<HookReport> reports) {
  std::vector<HookReport> recorded;
  try {
    recorded = read_state(context);
  } catch (const Error& error) {
    context.log.event(LogLevel::info, "hook-state-unread", {{"reason", error.message()}});
  }
  for (HookReport& report : reports) {
    const auto found = std::ranges::find(recorded, report.name, &HookReport::name);
    if (found != recorded.end()) {
      report.calls = found->calls;
      report.failures = found->failures;
      report.is_suspended = found->is_suspended;
      report.last_error = found->last_error;
    }
  }
  return reports;
}

} // namespace menacedb
