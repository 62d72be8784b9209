#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

enum class JsonType : std::uint8_t {
  null,
  boolean,
  integer,     // fits std::int64_t
  big_integer, // an integer literal beyond 64 bits: only its text is kept
  real,        // a finite double
  string,
  array,
  object,
};

// One value. Views point into the parsed text or into the tape's arena.
struct JsonValue {
  JsonType type = JsonType::null;
  bool boolean = false;
  // For containers: whether their children follow on the tape, and how many nodes they take.
  bool is_expanded = false;
  std::uint32_t child_count = 0; // members or elements, when expanded
  std::uint32_t node_count = 1;  // nodes of this value with all below it, itself included
  union {
    std::int64_t integer = 0;
    double real;
  };
  std::string_view raw;  // the exact text of the value, quotes included
  std::string_view text; // strings: the decoded content
  std::string_view key;  // members of objects: the decoded name
};

// Why a text is not acceptable JSON. `code` is a stable word: "json-syntax", "json-utf8",
// "json-number", "json-duplicate-key", "json-depth", "json-trailing", "json-members".
struct JsonFault {
  std::string_view code;
  std::string message; // "cannot parse JSON at byte 12: expected ':'"
  std::size_t offset = 0;
};

struct JsonArena; // json_arena.hpp

// A strict RFC 8259 parser for many small documents: UTF-8 is checked, NaN, trailing bytes,
// duplicate keys (in expanded objects also such that differ only in ASCII case), numbers beyond
// double range and more than 1000 levels are faults. A leading BOM is accepted and skipped.
// Values below `expand_depth` are checked completely but kept as one node with its raw text, so
// memory follows the number of expanded members (32,766 per object or array at most), not the size.
//
// The tape owns the decoded strings; the parsed texts must outlive it. clear() keeps the memory.
// Not thread-safe.
class JsonTape {
public:
  JsonTape();
  ~JsonTape();
  JsonTape(JsonTape&&) noexcept;
  JsonTape& operator=(JsonTape&&) noexcept;

  // Appends one document. Depth 1 expands the root's members, 2 also their members. On a fault
  // the tape is as before.
  struct Parsed {
    std::uint32_t root = 0; // index for at(), when there is no fault
    std::optional<JsonFault> fault;
  };
  [[nodiscard]] Parsed parse(std::string_view text, unsigned expand_depth = 2);

  [[nodiscard]] const JsonValue& at(std::uint32_t index) const { return m_nodes[index]; }
  // The nodes directly below an expanded container begin at index + 1; step by node_count.
  [[nodiscard]] std::uint32_t next_sibling(std::uint32_t index) const {
    return index + m_nodes[index].node_count;
  }
  // The member of an expanded object, or none. Linear.
  [[nodiscard]] std::optional<std::uint32_t> find(std::uint32_t object, std::string_view key) const;

  // Lets the names of the members of `object` be views of those of `like` where they are equal, one
  // by one: many small documents of one shape then have their names in one place.
  void share_names(std::uint32_t object, std::uint32_t like);

  void clear() noexcept;

private:
  friend class JsonScanner;
  std::vector<JsonValue> m_nodes;
  std::unique_ptr<JsonArena> m_arena;
};

} // namespace menacedb
