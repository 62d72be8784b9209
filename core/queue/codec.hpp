#pragma once

#include "core/model/batch.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// Reads one line (without newline) as an entry: all producers' spellings of CONTRACTS 0, 1.1, 1.2
// and 1.6; a text of several lines as well. What cannot be read gets a fault in the batch instead;
// the entry is appended either way, except for a blank line: then false. `line` and `lane_origin`
// must outlive the batch.
bool decode_line(Batch& batch, std::string_view line, Bytes offset, Bytes length,
                 std::uint32_t slice, std::string_view lane_origin);
[[nodiscard]] bool is_blank_line(std::string_view line) noexcept;
// Gives the entry a fault in place of one it may have.
void set_fault(Batch& batch, Entry& entry, std::string_view code, std::string message);

// What `enqueue` writes: producer A's line plus what was asked for.
struct NewEntry {
  std::string_view table;
  std::string_view origin;
  std::string_view data; // a JSON object, checked
  std::string_view id;
  std::string_view key; // empty: none
  Op op = Op::insert;
  std::optional<int> priority;               // written when given
  std::vector<std::string_view> hash_fields; // empty: all keys of the data, in their order
  std::vector<std::string_view> key_fields;
  std::string_view metadata; // JSON, checked; empty: none
  Instant created_at;
  std::optional<Instant> not_before;
  // Saves parsing `data` again when the caller has it on a tape, its members expanded.
  const JsonTape* tape = nullptr;
  std::uint32_t root = k_no_node;
};

// Writes lines; keeps its memory between them.
class LineEncoder {
public:
  // Appends the line with its newline to `out`: keys sorted, ASCII, ", " and ": " (CONTRACTS 1.1).
  // Throws bad_input when the data is not a JSON object or lacks a hash field.
  void append(std::string& out, const NewEntry& entry);

private:
  void select_members(const JsonTape& tape, std::uint32_t root);
  void select_hash_members(const JsonTape& tape, const NewEntry& entry);
  void append_hash_input(const JsonTape& tape);
  void append_hash(std::string& out, const JsonTape& tape, std::string_view written_data);
  void append_hash_fields(std::string& out, const JsonTape& tape);

  JsonTape m_tape;
  std::vector<std::uint32_t> m_members;     // of the data, in their order
  std::vector<std::uint32_t> m_sorted;      // the same by key
  std::vector<std::uint32_t> m_hash_fields; // in the caller's order; as given, so may repeat
  bool m_hashes_all = true;
  std::string m_scratch;
};

// The same for one line.
void encode_line(std::string& out, const NewEntry& entry);

} // namespace menacedb
