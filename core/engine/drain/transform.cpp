#include "core/engine/drain/transform.hpp"

#include "core/engine/asked_entry.hpp"

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

} // namespace

void Transform::run(Batch& batch) {
  m_dropped.clear();
  m_changed.clear();
  if (m_hooks == nullptr) {
    return;
  }
  for (std::size_t i = 0; i < batch.entries.size() && m_hooks->has(HookName::transform); ++i) {
    const Entry& entry = batch.entries[i];
    if (entry.fault < 0 && (entry.data != k_no_node || entry.is_sql())) {
      ask(batch, i);
    }
  }
}

void Transform::ask(Batch& batch, std::size_t index) {
  Transformed answer = m_hooks->transform(AskedEntry(batch, batch.entries[index]).entry());
  switch (answer.kind) {
  case Transformed::Kind::unchanged:
    return;
  case Transformed::Kind::dropped:
    m_dropped.push_back({index, std::move(answer.reason)});
    return;
  case Transformed::Kind::changed:
    if (batch.entries[index].is_sql()) {
      return; // it has no row
    }
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
