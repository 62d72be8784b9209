#include "core/engine/asked_entry.hpp"

namespace menacedb {
namespace {

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

std::optional<int> priority_of(const Batch& batch, const Entry& entry) {
  if (entry.file < batch.files.size()) {
    return batch.files[entry.file].priority;
  }
  return entry.slice < batch.slices.size() ? std::optional(batch.slices[entry.slice].lane.priority)
                                           : std::nullopt;
}

} // namespace

AskedEntry::AskedEntry(const Batch& batch, const Entry& entry)
    : m_metadata(metadata_of(entry.line)) {
  m_asked.id = entry.id;
  m_asked.key = entry.key;
  m_asked.table = entry.table;
  m_asked.op = entry.is_sql() ? std::string_view() : op_word(entry.op);
  m_asked.data = entry.data == k_no_node ? std::string_view() : batch.tape.at(entry.data).raw;
  m_asked.sql = entry.sql;
  m_asked.operation = entry.operation;
  m_asked.origin = entry.origin;
  m_asked.created_at = entry.created_at;
  m_asked.metadata = m_metadata;
  m_asked.attempts = entry.attempts;
  m_asked.priority = priority_of(batch, entry);
}

} // namespace menacedb
