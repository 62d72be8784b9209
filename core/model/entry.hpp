#pragma once

#include "core/base/json.hpp"
#include "core/base/time.hpp"
#include "core/base/units.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

enum class Op : std::uint8_t { insert, upsert, update, erase };

[[nodiscard]] std::optional<Op> parse_op(std::string_view word); // "delete" is erase
[[nodiscard]] std::string_view op_word(Op op) noexcept;

inline constexpr std::uint32_t k_no_node = std::numeric_limits<std::uint32_t>::max();
inline constexpr std::uint32_t k_no_file = std::numeric_limits<std::uint32_t>::max();

// One queued unit: a row write or an SQL write. All views point into the batch (its text or its
// tape).
struct Entry {
  std::string_view line; // verbatim, without its newline; of an oversized line a prefix
  Bytes offset = 0;      // where the line begins in its segment
  Bytes length = 0;      // bytes it takes there, newline included
  std::uint32_t slice = 0;
  std::uint32_t file = k_no_file; // index into Batch::files

  std::string_view id;  // for tracing; may be empty
  std::string_view key; // for idempotence; may be empty
  std::string_view table;
  std::string_view origin; // the line's, else its lane's; may be empty
  Op op = Op::insert;
  std::uint32_t data = k_no_node;        // the payload object on the batch's tape
  std::uint32_t hash_fields = k_no_node; // an array of strings on the tape, or none
  std::uint32_t key_fields =
      k_no_node; // likewise; which columns `update`, `upsert`, `delete` match
  // An SQL write has no table and no data, but statements, their parameters (an array on the tape,
  // or none) and perhaps the name of the database they are for.
  std::string_view sql;
  std::uint32_t params = k_no_node;
  std::string_view db;
  std::string_view operation; // what its producer calls it
  std::string_view sequence;  // what its producer says of its place in a directory queue
  std::optional<Instant> not_before;
  std::optional<Instant> created_at;

  std::uint32_t destination = 0; // index into Batch::destinations
  std::int32_t fault = -1;       // index into Batch::faults: undecodable, or refused
  std::int64_t deferred_row = 0; // the row of menacedb_deferred it comes from, or 0
  std::uint32_t attempts = 0;

  [[nodiscard]] bool is_sql() const noexcept { return sql.data() != nullptr; }
};

// Why an entry cannot be applied.
struct Fault {
  std::string code;    // "json-syntax", "table-unknown", "constraint", …
  std::string message; // as the dead letter's `error` will say it
};

} // namespace menacedb
