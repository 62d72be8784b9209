#include "core/engine/retention.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace menacedb {
namespace {

// Hooks count in seconds.
double seconds_of(Duration duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

} // namespace

bool asks_retain(const Hooks* hooks) {
  return hooks != nullptr && std::ranges::any_of(hooks->report(), [](const HookReport& report) {
           return report.name == HookName::retain;
         });
}

std::optional<std::string> why_retain_fails(const Hooks* hooks) {
  for (const HookReport& report : hooks == nullptr ? std::vector<HookReport>() : hooks->report()) {
    if (report.name == HookName::retain && report.failures > 0) {
      return fmt::format("what the hook 'retain' fails on stays{}: {}",
                         report.is_suspended ? ", and all else since it is suspended" : "",
                         report.last_error);
    }
  }
  return std::nullopt;
}

std::optional<bool> ask_retain(Hooks& hooks, std::string_view kind, const RetainedItem& item,
                               Instant now, const std::function<void(JsonWriter&)>& facts) {
  JsonWriter json;
  json.begin_object().member("name", std::string_view(item.name)).member("bytes", item.bytes);
  json.member("since", seconds_of(item.since.time_since_epoch()));
  json.member("age", seconds_of(now - item.since));
  if (facts) {
    facts(json);
  }
  return hooks.retain(kind, json.end_object().text());
}

Retention::Retention(Rule rule, LetGo let_go)
    : m_rule(std::move(rule)),
      m_let_go(std::move(let_go)),
      m_asks_hook(!m_rule.kind.empty() && asks_retain(m_rule.hooks)),
      m_ranks(m_rule.limits.count.has_value() || m_rule.limits.size.has_value()) {}

void Retention::offer(RetainedItem item, const Facts& facts) {
  const std::optional<bool> keeps =
      m_asks_hook ? ask_retain(*m_rule.hooks, m_rule.kind, item, m_rule.now, facts) : std::nullopt;
  const bool is_old = m_rule.limits.age && m_rule.now - item.since >= *m_rule.limits.age;
  if (keeps ? !*keeps : is_old) {
    m_let_go(item);
  } else if (!keeps && m_ranks) {
    rank(std::move(item));
  }
}

// Those of one moment by tag and name, so that a second look decides the same.
bool Retention::Older::operator()(const RetainedItem& a, const RetainedItem& b) const noexcept {
  return std::tie(a.since, a.tag, a.name) < std::tie(b.since, b.tag, b.name);
}

bool Retention::has_too_many() const {
  return (m_rule.limits.count && m_ranked.size() > *m_rule.limits.count) ||
         (m_rule.limits.size && m_total > *m_rule.limits.size);
}

void Retention::rank(RetainedItem item) {
  if (m_gone && Older()(item, *m_gone)) {
    m_let_go(item);
    return;
  }
  m_total += item.bytes;
  m_ranked.insert(std::move(item));
  while (has_too_many()) {
    m_gone = std::move(m_ranked.extract(m_ranked.begin()).value());
    m_total -= m_gone->bytes;
    m_let_go(*m_gone);
  }
}

} // namespace menacedb
