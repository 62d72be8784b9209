#include "core/engine/transform.hpp"

#include <memory>
#include <utility>

namespace menacedb {
namespace {

// The line with another payload; what else it says stays as it was written.
std::string line_with(const Batch& batch, const Entry& entry, std::uint32_t before) {
  const std::string_view old = batch.tape.at(before).raw;
  const auto begin = static_cast<std::size_t>(old.data() - entry.line.data());
  std::string line(entry.line.substr(0, begin));
  line += batch.tape.at(entry.data).raw;
  line += entry.line.substr(begin + old.size());
  return line;
}

// The member of the line that no drain reads otherwise.
std::string metadata_of(std::string_view line) {
  if (line.find("\"metadata\"") == std::string_view::npos) {
    return {};
  }
  JsonTape tape;
  const JsonTape::Parsed parsed = tape.parse(line, 1);
  const auto node = parsed.fault ? std::nullopt : tape.find(parsed.root, "metadata");
  return node ? std::string(tape.at(*node).raw) : std::string();
}

} // namespace

void Transform::run(Batch& batch) {
  m_dropped.clear();
  m_changed.clear();
  if (m_hooks == nullptr) {
    return;
  }
  for (std::size_t i = 0; i < batch.entries.size() && m_hooks->has(HookName::transform); ++i) {
    if (batch.entries[i].fault < 0 && batch.entries[i].data != k_no_node) {
      ask(batch, i);
    }
  }
}

void Transform::ask(Batch& batch, std::size_t index) {
  const Entry& entry = batch.entries[index];
  const std::string metadata = metadata_of(entry.line);
  HookEntry asked;
  asked.id = entry.id;
  asked.key = entry.key;
  asked.table = entry.table;
  asked.op = op_word(entry.op);
  asked.data = batch.tape.at(entry.data).raw;
  asked.origin = entry.origin;
  asked.created_at = entry.created_at;
  asked.metadata = metadata;
  asked.attempts = entry.attempts;
  if (entry.slice < batch.slices.size()) {
    asked.priority = batch.slices[entry.slice].lane.priority;
  }
  Transformed answer = m_hooks->transform(asked);
  switch (answer.kind) {
  case Transformed::Kind::unchanged:
    return;
  case Transformed::Kind::dropped:
    m_dropped.push_back({index, std::move(answer.reason)});
    return;
  case Transformed::Kind::changed:
    change(batch, index, std::move(answer.data));
    return;
  }
}

void Transform::change(Batch& batch, std::size_t index, std::string data) {
  auto text = std::make_unique<std::string>(std::move(data));
  const JsonTape::Parsed parsed = batch.tape.parse(*text, 1);
  Entry& entry = batch.entries[index];
  if (parsed.fault) { // such as names that differ in case only: the entry's fault, as in a line
    entry.fault = static_cast<std::int32_t>(batch.faults.size());
    batch.faults.push_back({std::string(parsed.fault->code), parsed.fault->message});
    return;
  }
  batch.texts.push_back(std::move(text));
  m_changed.push_back({index, std::exchange(entry.data, parsed.root)});
}

void Transform::finish(Batch& batch) {
  for (Dropped& dropped : m_dropped) {
    batch.entries[dropped.entry].destination =
        static_cast<std::uint32_t>(batch.destinations.size());
    batch.destinations.push_back(
        {Destination::Kind::dropped, {}, {"dropped", std::move(dropped.reason)}});
  }
  for (const Changed& changed : m_changed) {
    const Entry& entry = batch.entries[changed.entry];
    if (batch.destinations[entry.destination].kind == Destination::Kind::forward) {
      batch.forwarded_lines.emplace(changed.entry, line_with(batch, entry, changed.before));
    }
  }
}

} // namespace menacedb
