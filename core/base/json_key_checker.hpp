#pragma once

#include "core/base/json_arena.hpp"

#include <string_view>

namespace menacedb {

// Tells whether a member's name is new in its object. Most objects have few members with different
// key bits, so that no two names are compared; large ones get a hash table.
class JsonKeyChecker {
public:
  JsonKeyChecker(const std::vector<JsonValue>& nodes, JsonArena& arena,
                 std::string_view text) noexcept
      : m_nodes(nodes), m_arena(arena), m_text(text) {}

  // In an object whose members are nodes: `key` is decoded, its node is the next one to be added.
  // Names that differ only in ASCII case count as equal.
  [[nodiscard]] bool is_new_folded(JsonFrame& frame, std::string_view key);
  // In an object that is only checked: `body` is the name as written, without quotes.
  [[nodiscard]] bool is_new_exact(JsonFrame& frame, std::string_view body, bool has_escapes);
  // Forgets the names of a container that ends; the last opened ends first.
  void close(const JsonFrame& frame) noexcept;

private:
  // Up to so many names comparing each with each is cheaper than a table.
  static constexpr std::uint32_t k_few = 16;

  [[nodiscard]] bool insert_folded(JsonFrame& frame, std::uint32_t node, std::string_view key);
  [[nodiscard]] bool insert_exact(JsonFrame& frame, std::uint32_t id, std::string_view key);
  [[nodiscard]] bool equals_exact(std::uint32_t id, std::string_view key) const;
  [[nodiscard]] std::string_view name_of(std::uint32_t id, std::string& buffer) const;
  [[nodiscard]] JsonKeySet& take_key_set(JsonFrame& frame);

  const std::vector<JsonValue>& m_nodes;
  JsonArena& m_arena;
  std::string_view m_text;
};

} // namespace menacedb
