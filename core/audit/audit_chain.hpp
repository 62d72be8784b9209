#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// The chain of an audit log ([audit] chain): every line tells the hash of all before it, so that a
// line that was changed, removed, added or moved later shows. There is no secret in it: whoever may
// write the file can write a new chain from the place on that he changed; kept elsewhere, the last
// hash proves the rest.
//
// A chained line ends with the field `hash`, the last of its object:
//   {"menace_id": …, "timestamp": "…"[, "rows": n][, "prev": "<hash>"], "hash": "<hash>"}
// hash = the lower-case hex of SHA-256 over
//   the hash of the chained line before, as its 64 hex digits (k_chain_start for the first of all)
//   + the text of the line, byte for byte, without `, "hash": "<hash>"` and without the newline:
//     {"menace_id": …, "timestamp": "…"[, "rows": n][, "prev": "<hash>"]}
// `prev` stands in the first chained line of a file, and only there: the hash of the last chained
// line of the generation before, so that a file verifies alone (from its prev) and behind its
// predecessor (whose last hash it must be). It is absent where nothing came before: the chain
// begins with k_chain_start.
//
// A line without hash is no link: a writer that knows no chain has written it. The next chained
// line follows the last chained one before. Lines without hash before the first chained one are
// from the time before the chain was turned on; behind it they are not covered, and a verifier says
// so. A torn line is cut off by the next chained append.
inline constexpr std::string_view k_chain_start =
    "0000000000000000000000000000000000000000000000000000000000000000";

// What a chained line says.
struct ChainedLine {
  std::string_view head;                // the line up to `, "hash"`
  std::string_view hash;                // 64 lower-case hex digits
  std::optional<std::string_view> prev; // only of the first chained line of a file
};
// None when the line (without newline) does not end with a hash. Does not look at the rest.
[[nodiscard]] std::optional<ChainedLine> read_chained_line(std::string_view line);

// The hash that a line with this head must have behind a line with the hash `previous`.
[[nodiscard]] std::string chain_hash(std::string_view previous, std::string_view head);

// Ends the line that begins at `begin` of `lines` (an object without its closing brace) with its
// hash and a newline. `previous` becomes that hash. `is_first` adds prev.
void close_chained_line(std::string& lines, std::size_t begin, std::string& previous,
                        bool is_first);

} // namespace menacedb
