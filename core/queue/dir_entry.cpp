#include "core/queue/dir_entry.hpp"

#include "core/base/hash.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/queue/codec.hpp"
#include "core/queue/dir_name.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out.append(name);
  append_json_string(out, text);
}

// Old readers know whole seconds only.
Instant whole_seconds(Instant when) {
  return std::chrono::floor<std::chrono::seconds>(when);
}

// The shell library without jq wrote one closing brace too many.
std::string_view without_extra_brace(std::string_view text) {
  text = trim(text);
  if (text.ends_with('}')) {
    text.remove_suffix(1);
  }
  return trim(text);
}

// The text as a JSON object on the tape; none when it is none, even without an extra brace.
std::optional<std::uint32_t> parse_object(JsonTape& tape, std::string_view text) {
  for (const std::string_view form : {trim(text), without_extra_brace(text)}) {
    tape.clear();
    const JsonTape::Parsed parsed = tape.parse(form, 1);
    if (!parsed.fault) {
      return tape.at(parsed.root).type == JsonType::object ? std::optional(parsed.root)
                                                           : std::nullopt;
    }
    if (parsed.fault->code != "json-trailing") {
      break;
    }
  }
  return std::nullopt;
}

// All members but those that are going to be written anew.
template <typename IsLeftOut>
void copy_members(JsonWriter& json, const JsonTape& tape, std::uint32_t root, IsLeftOut left_out) {
  std::uint32_t node = root + 1;
  for (std::uint32_t i = 0; i < tape.at(root).child_count; ++i, node = tape.next_sibling(node)) {
    if (!left_out(tape.at(node).key)) {
      json.key(tape.at(node).key).raw(tape.at(node).raw);
    }
  }
}

bool is_of_failure(std::string_view key) {
  return key == "error" || key == "failed_at" || key == "code";
}

struct Times {
  std::optional<Instant> replayed_at;
  std::optional<Instant> not_before;
};

std::optional<std::string> with_marks(std::string_view text, std::uint32_t retries,
                                      const Times& times) {
  JsonTape tape;
  const auto root = parse_object(tape, text);
  if (!root) {
    return std::nullopt;
  }
  JsonWriter json;
  json.begin_object();
  copy_members(json, tape, *root, [&](std::string_view key) {
    return key == "retries" || (key == "replayed_at" && times.replayed_at) ||
           (key == "not_before" && times.not_before) || is_of_failure(key);
  });
  json.member("retries", static_cast<std::uint64_t>(retries));
  if (times.replayed_at) {
    json.member("replayed_at", std::string_view(format_instant(whole_seconds(*times.replayed_at))));
  }
  if (times.not_before) {
    json.member("not_before", std::string_view(format_instant(*times.not_before)));
  }
  return json.end_object().take() + "\n";
}

void add_unreadable(JsonWriter& json, const DirFailure& failure) {
  const std::optional<DirPlace> place = parse_dir_name(failure.name);
  json.member("seq", place ? sequence_of(failure.name) : failure.name);
  json.member("priority", shown_priority(place ? place->priority : k_default_priority));
  if (is_valid_utf8(failure.text)) {
    json.member("record", failure.text);
  } else {
    json.member("record_base64", std::string_view(encode_base64(failure.text)));
  }
  if (failure.full_size) {
    json.member("truncated", true).member("length", *failure.full_size);
  }
}

// What makes the entry itself, and nothing that a drain or an operator changes.
std::string ledger_id(const Batch& batch, const Entry& entry, std::string_view name,
                      std::string_view text) {
  std::string_view sequence = entry.sequence;
  if (sequence.empty()) {
    sequence = parse_dir_name(name) ? sequence_of(name) : name;
  }
  std::uint64_t digest = 0;
  const auto mix = [&digest](std::string_view part) {
    digest = (digest ^ digest64(part)) * 0x9e3779b97f4a7c15U + 1;
  };
  mix(entry.id);
  if (entry.is_sql()) {
    mix(entry.sql);
    mix(entry.params == k_no_node ? std::string_view() : batch.tape.at(entry.params).raw);
    mix(entry.db);
  } else if (entry.data != k_no_node) {
    mix(entry.table);
    mix(batch.tape.at(entry.data).raw);
  } else {
    mix(text);
  }
  return fmt::format("{}:{:016x}", sequence, digest);
}

} // namespace

std::string encode_dir_entry(const NewDirEntry& entry) {
  return encode_dir_row(entry.sequence, entry.priority, encode_sql_line(entry));
}

std::string encode_sql_line(const NewDirEntry& entry) {
  std::string out = "{";
  append_member(out, R"("operation":)", entry.operation);
  append_member(out, R"(,"sql":)", entry.sql);
  out.append(R"(,"metadata":)").append(entry.metadata.empty() ? "{}" : entry.metadata);
  append_member(out, R"(,"created_at":)", format_instant(whole_seconds(entry.created_at)));
  append_member(out, R"(,"id":)", entry.id);
  if (!entry.params.empty()) {
    out.append(R"(,"params":)").append(entry.params);
  }
  if (!entry.key.empty()) {
    append_member(out, R"(,"key":)", entry.key);
  }
  if (!entry.db.empty()) {
    append_member(out, R"(,"db":)", entry.db);
  }
  if (entry.not_before) {
    append_member(out, R"(,"not_before":)", format_instant(*entry.not_before));
  }
  if (!entry.origin.empty()) {
    append_member(out, R"(,"source_menace_id":)", entry.origin);
  }
  out.append("}\n");
  return out;
}

std::string encode_dir_row(std::string_view sequence, int priority, std::string_view line) {
  std::string out = R"({"seq":)";
  append_json_string(out, sequence);
  out.append(R"(,"priority":)").append(std::to_string(priority)).push_back(',');
  out.append(line.substr(1, line.size() - 3)); // without its braces and newline
  return out.append(R"(,"retries":0})").append("\n");
}

std::string without_marks(std::string_view line) {
  JsonTape tape;
  JsonWriter json;
  json.begin_object();
  if (const auto root = parse_object(tape, line)) {
    copy_members(json, tape, *root, [](std::string_view key) {
      return key == "seq" || key == "priority" || key == "retries" || is_of_failure(key);
    });
  }
  return json.end_object().take().substr(1);
}

void decode_dir_entry(Batch& batch, std::string_view text, EntryFile file) {
  const std::size_t faults = batch.faults.size();
  if (!decode_line(batch, trim(text), 0, text.size(), k_no_slice, {})) {
    Entry& entry = batch.entries.emplace_back();
    entry.slice = k_no_slice;
    set_fault(batch, entry, "entry-empty", "the file is empty");
  }
  const bool has_more = batch.entries.back().fault >= 0 &&
                        batch.faults.back().code == "json-trailing" && faults < batch.faults.size();
  if (has_more) {
    const Fault first = batch.faults.back();
    batch.entries.pop_back();
    batch.faults.resize(faults);
    decode_line(batch, without_extra_brace(text), 0, text.size(), k_no_slice, {});
    if (batch.entries.back().fault >= 0 && batch.faults.back().code == "json-trailing") {
      batch.faults.back() = first;
    }
  }
  Entry& entry = batch.entries.back();
  if (entry.line.data() == nullptr || entry.fault >= 0) {
    entry.line = trim(text); // all there is
  }
  entry.length = entry.line.size();
  file.ledger_id = ledger_id(batch, entry, file.name, text);
  entry.file = static_cast<std::uint32_t>(batch.files.size());
  batch.files.push_back(std::move(file));
}

std::string encode_dir_failure(const DirFailure& failure) {
  JsonWriter json;
  JsonTape tape;
  json.begin_object();
  const auto root = failure.full_size ? std::nullopt : parse_object(tape, failure.text);
  if (root) {
    copy_members(json, tape, *root, is_of_failure);
  } else {
    add_unreadable(json, failure);
  }
  json.member("error", std::string_view(failure.fault.message));
  json.member("failed_at", std::string_view(format_instant(whole_seconds(failure.failed_at))));
  json.member("code", std::string_view(failure.fault.code));
  return json.end_object().take() + "\n";
}

std::optional<std::string> with_retries(std::string_view text, std::uint32_t retries,
                                        std::optional<Instant> not_before) {
  return with_marks(text, retries, {.replayed_at = {}, .not_before = not_before});
}

std::optional<std::string> as_replayed(std::string_view text, Instant now) {
  return with_marks(text, 0, {.replayed_at = now, .not_before = {}});
}

} // namespace menacedb
