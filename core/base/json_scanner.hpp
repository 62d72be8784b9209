#pragma once

#include "core/base/json_arena.hpp"
#include "core/base/json_chars.hpp"
#include "core/base/json_key_checker.hpp"
#include "core/base/json_problem.hpp"

#include <optional>
#include <string_view>

namespace menacedb {

// One pass over one document, with a stack of its own instead of recursion. Every function takes
// where it begins and returns where it ended, or a null pointer after fail().
class JsonScanner {
public:
  JsonScanner(JsonTape& tape, std::string_view text, unsigned expand_depth) noexcept;

  // Appends the document's nodes to the tape. After a fault the tape holds a part of them, and the
  // caller cuts it back.
  [[nodiscard]] std::optional<JsonFault> run();

private:
  // Where a value stands: whether it gets a node, and its name when it is a member.
  struct Place {
    std::string_view key;
    bool has_node = true;
  };

  [[nodiscard]] const char* scan_document(const char* at);
  [[nodiscard]] const char* scan_end(const char* at);
  [[nodiscard]] const char* scan_value(const char* at, Place place);
  [[nodiscard]] const char* scan_child(const char* at, JsonFrame& frame);
  [[nodiscard]] const char* scan_name(const char* at, JsonFrame& frame, std::string_view& key);
  [[nodiscard]] const char* scan_string(const char* at, Place place);
  [[nodiscard]] const char* scan_number(const char* at, Place place);
  [[nodiscard]] const char* scan_word(const char* at, Place place);
  [[nodiscard]] const char* open(const char* at, Place place);
  [[nodiscard]] const char* close(const char* at);

  [[nodiscard]] std::string_view decode(std::string_view body);
  JsonValue& add_node(JsonType type, const char* begin, const char* end, Place place);
  [[nodiscard]] const char* fail(const char* at, const JsonProblem& problem) noexcept;

  std::vector<JsonValue>& m_nodes;
  JsonArena& m_arena;
  JsonBounds m_bounds;
  JsonKeyChecker m_keys;
  unsigned m_expand_depth;
  const char* m_fault_at = nullptr;
  const JsonProblem* m_problem = nullptr;
};

} // namespace menacedb
