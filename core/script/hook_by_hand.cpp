#include "core/script/hook_by_hand.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

// The fields of an entry written by hand. The tape must outlive it.
struct HandEntry {
  HookEntry entry;
  std::string code;
  std::string message;
};

std::string_view text_member(const JsonTape& tape, std::uint32_t object, std::string_view name) {
  const auto node = tape.find(object, name);
  if (!node) {
    return {};
  }
  if (tape.at(*node).type != JsonType::string) {
    throw Error(ErrorKind::bad_input, "bad-field",
                fmt::format("cannot call the hook: '{}' is not text", name));
  }
  return tape.at(*node).text;
}

std::string_view raw_member(const JsonTape& tape, std::uint32_t object, std::string_view name) {
  const auto node = tape.find(object, name);
  return node ? tape.at(*node).raw : std::string_view();
}

std::optional<std::int64_t> integer_member(const JsonTape& tape, std::uint32_t object,
                                           std::string_view name) {
  const auto node = tape.find(object, name);
  if (!node || tape.at(*node).type != JsonType::integer) {
    return std::nullopt;
  }
  return tape.at(*node).integer;
}

HandEntry entry_by_hand(const JsonTape& tape, std::uint32_t root) {
  HandEntry hand;
  HookEntry& entry = hand.entry;
  entry.id = text_member(tape, root, "id");
  entry.key = text_member(tape, root, "key");
  entry.table = text_member(tape, root, "table");
  entry.op = text_member(tape, root, "op");
  entry.op = entry.op.empty() ? "insert" : entry.op;
  entry.sql = text_member(tape, root, "sql");
  entry.operation = text_member(tape, root, "operation");
  entry.origin = text_member(tape, root, "origin");
  entry.data = raw_member(tape, root, "data");
  entry.metadata = raw_member(tape, root, "metadata");
  entry.priority = integer_member(tape, root, "priority");
  entry.attempts = static_cast<std::uint64_t>(integer_member(tape, root, "attempts").value_or(0));
  if (const auto seconds = integer_member(tape, root, "created_at")) {
    entry.created_at = Instant(std::chrono::seconds(*seconds));
  } else if (const auto node = tape.find(root, "created_at");
             node && tape.at(*node).type == JsonType::string) {
    entry.created_at = parse_instant(tape.at(*node).text);
  }
  if (const auto err = tape.find(root, "err"); err && tape.at(*err).is_expanded) {
    hand.code = text_member(tape, *err, "code");
    hand.message = text_member(tape, *err, "message");
  }
  return hand;
}

std::string_view failure_word(FailureAnswer answer) {
  switch (answer) {
  case FailureAnswer::retry:
    return "retry";
  case FailureAnswer::bury:
    return "bury";
  case FailureAnswer::drop:
    return "drop";
  case FailureAnswer::none:
    break;
  }
  return {};
}

void add_transformed(JsonWriter& json, const HookEntry& entry, const Transformed& answer) {
  if (answer.kind == Transformed::Kind::dropped) {
    json.null();
    return;
  }
  json.begin_object().member("table", entry.table).member("op", entry.op).key("data");
  const std::string_view data =
      answer.kind == Transformed::Kind::changed ? std::string_view(answer.data) : entry.data;
  data.empty() ? json.null() : json.raw(data);
  json.end_object();
}

} // namespace

std::string call_hook_by_hand(Hooks& hooks, HookName name, std::string_view json) {
  if (!hooks.has(name)) {
    throw Error(
        ErrorKind::config, "hook-missing",
        fmt::format("cannot call the hook '{}': the policy does not define it", hook_word(name)))
        .with_hint("menacedb hook list");
  }
  JsonTape tape;
  const JsonTape::Parsed parsed = tape.parse(json, 2);
  if (parsed.fault || tape.at(parsed.root).type != JsonType::object) {
    throw Error(ErrorKind::bad_input, "bad-json",
                fmt::format("cannot call the hook '{}': {}", hook_word(name),
                            parsed.fault ? parsed.fault->message : "no JSON object was given"));
  }
  const HandEntry hand = entry_by_hand(tape, parsed.root);
  JsonWriter result;
  const auto text = [&](std::string_view word) {
    word.empty() ? result.null() : result.value(word);
  };
  switch (name) {
  case HookName::route: {
    const auto answer = hooks.route({hand.entry.table, hand.entry.op, hand.entry.origin});
    text(answer ? placement_word(*answer) : std::string_view());
    break;
  }
  case HookName::priority: {
    const auto answer = hooks.priority(hand.entry);
    answer ? result.value(*answer) : result.null();
    break;
  }
  case HookName::transform:
    add_transformed(result, hand.entry, hooks.transform(hand.entry));
    break;
  case HookName::on_failed:
    text(failure_word(hooks.on_failed(hand.entry, hand.code, hand.message)));
    break;
  case HookName::retain: {
    const auto answer =
        hooks.retain(text_member(tape, parsed.root, "kind"), raw_member(tape, parsed.root, "item"));
    answer ? result.value(*answer) : result.null();
    break;
  }
  }
  const std::vector<HookReport> reports = hooks.report();
  const auto report = std::ranges::find(reports, name, &HookReport::name);
  if (report != reports.end() && report->failures > 0) {
    throw Error(ErrorKind::config, "hook-failed",
                fmt::format("cannot call the hook '{}': {}", hook_word(name), report->last_error))
        .with_hint("menacedb hook test");
  }
  return result.take();
}

} // namespace menacedb
