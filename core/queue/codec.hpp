#pragma once

#include "core/model/batch.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// Reads one line (without newline) as an entry: all producers' spellings of CONTRACTS 0, 1.1
// and 1.2. What cannot be read gets a fault in the batch instead; the entry is appended either way,
// except for a blank line: then false. `line` must outlive the batch.
bool decode_line(Batch& batch, std::string_view line, Bytes offset, Bytes length,
                 std::uint32_t slice, std::string_view lane_origin);

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
};
// Appends the line with its newline to `out`: keys sorted, ASCII, ", " and ": " (CONTRACTS 1.1).
void encode_line(std::string& out, const NewEntry& entry);

} // namespace menacedb
