#include "core/base/json.hpp"

#include "core/base/json_arena.hpp"
#include "core/base/json_scanner.hpp"

namespace menacedb {

JsonTape::JsonTape() : m_arena(std::make_unique<JsonArena>()) {}
JsonTape::~JsonTape() = default;
JsonTape::JsonTape(JsonTape&&) noexcept = default;
JsonTape& JsonTape::operator=(JsonTape&&) noexcept = default;

JsonTape::Parsed JsonTape::parse(std::string_view text, unsigned expand_depth) {
  const std::size_t nodes_before = m_nodes.size();
  const JsonTextArena::Mark text_before = m_arena->text.mark();
  Parsed parsed{static_cast<std::uint32_t>(nodes_before), std::nullopt};
  parsed.fault = JsonScanner(*this, text, expand_depth).run();
  if (parsed.fault) {
    m_nodes.resize(nodes_before);
    m_arena->text.release(text_before);
  }
  return parsed;
}

std::optional<std::uint32_t> JsonTape::find(std::uint32_t object, std::string_view key) const {
  const JsonValue& container = m_nodes[object];
  if (container.type != JsonType::object || !container.is_expanded) {
    return std::nullopt;
  }
  const std::uint32_t end = object + container.node_count;
  for (std::uint32_t i = object + 1; i < end; i = next_sibling(i)) {
    if (m_nodes[i].key == key) {
      return i;
    }
  }
  return std::nullopt;
}

void JsonTape::share_names(std::uint32_t object, std::uint32_t like) {
  if (!m_nodes[object].is_expanded || !m_nodes[like].is_expanded ||
      m_nodes[object].child_count != m_nodes[like].child_count) {
    return;
  }
  std::uint32_t node = object + 1;
  std::uint32_t other = like + 1;
  for (std::uint32_t i = 0; i < m_nodes[object].child_count; ++i) {
    if (m_nodes[node].key != m_nodes[other].key) {
      return;
    }
    m_nodes[node].key = m_nodes[other].key;
    node = next_sibling(node);
    other = next_sibling(other);
  }
}

void JsonTape::clear() noexcept {
  m_nodes.clear();
  m_arena->text.clear();
}

} // namespace menacedb
