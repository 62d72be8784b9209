#include "core/base/json_key_checker.hpp"

#include "core/base/hash.hpp"
#include "core/base/json_string.hpp"
#include "core/base/text.hpp"

#include <cstring>

namespace menacedb {

namespace {

// Decodes a checked name into the buffer.
std::string_view decode_into(std::string& buffer, std::string_view body) {
  buffer.resize(body.size());
  const char* const end = decode_json_string(body, buffer.data());
  return {buffer.data(), static_cast<std::size_t>(end - buffer.data())};
}

} // namespace

bool JsonKeyChecker::is_new_folded(JsonFrame& frame, std::string_view key) {
  const auto next_node = static_cast<std::uint32_t>(m_nodes.size());
  if (frame.count >= k_few) {
    return insert_folded(frame, next_node, key);
  }
  const std::uint64_t bit = json_key_bit(key);
  if ((frame.key_bits & bit) == 0) {
    frame.key_bits |= bit;
    return true;
  }
  for (std::uint32_t i = frame.node + 1; i < next_node; i += m_nodes[i].node_count) {
    if (equals_ignoring_case(m_nodes[i].key, key)) {
      return false;
    }
  }
  return true;
}

bool JsonKeyChecker::insert_folded(JsonFrame& frame, std::uint32_t node, std::string_view key) {
  const auto hash_of = [this](std::uint32_t i) { return hash_json_key_folded(m_nodes[i].key); };
  if (frame.key_set == JsonFrame::k_none) {
    JsonKeySet& set = take_key_set(frame);
    const auto differs = [](std::uint32_t) { return false; }; // they were compared already
    for (std::uint32_t i = frame.node + 1; i < node; i += m_nodes[i].node_count) {
      (void)set.insert(i, hash_of(i), differs, hash_of);
    }
  }
  const auto equals = [&](std::uint32_t i) { return equals_ignoring_case(m_nodes[i].key, key); };
  return m_arena.key_sets[frame.key_set].insert(node, hash_json_key_folded(key), equals, hash_of);
}

bool JsonKeyChecker::is_new_exact(JsonFrame& frame, std::string_view body, bool has_escapes) {
  const std::string_view key = has_escapes ? decode_into(m_arena.key_buffer, body) : body;
  const auto offset = static_cast<std::uint32_t>(body.data() - m_text.data());
  const std::uint32_t id = offset << 1 | (has_escapes ? 1U : 0U);
  if (frame.count >= k_few) {
    return insert_exact(frame, id, key);
  }
  const std::uint64_t bit = json_key_bit(key);
  if ((frame.key_bits & bit) != 0) {
    for (std::size_t i = frame.keys_begin; i < m_arena.keys.size(); ++i) {
      if (equals_exact(m_arena.keys[i], key)) {
        return false;
      }
    }
  }
  frame.key_bits |= bit;
  m_arena.keys.push_back(id);
  return true;
}

bool JsonKeyChecker::insert_exact(JsonFrame& frame, std::uint32_t id, std::string_view key) {
  const auto hash_of = [this](std::uint32_t other) {
    return digest64(name_of(other, m_arena.other_key_buffer));
  };
  if (frame.key_set == JsonFrame::k_none) {
    JsonKeySet& set = take_key_set(frame);
    const auto differs = [](std::uint32_t) { return false; }; // they were compared already
    for (std::size_t i = frame.keys_begin; i < m_arena.keys.size(); ++i) {
      (void)set.insert(m_arena.keys[i], hash_of(m_arena.keys[i]), differs, hash_of);
    }
  }
  const auto equals = [&](std::uint32_t other) { return equals_exact(other, key); };
  return m_arena.key_sets[frame.key_set].insert(id, digest64(key), equals, hash_of);
}

bool JsonKeyChecker::equals_exact(std::uint32_t id, std::string_view key) const {
  if ((id & 1U) != 0) {
    return name_of(id, m_arena.other_key_buffer) == key;
  }
  // The name's length is not kept: the quote behind it tells.
  const std::string_view rest = m_text.substr(id >> 1);
  return rest.size() > key.size() && rest[key.size()] == '"' && rest.starts_with(key);
}

std::string_view JsonKeyChecker::name_of(std::uint32_t id, std::string& buffer) const {
  const std::string_view rest = m_text.substr(id >> 1);
  if ((id & 1U) == 0) {
    return rest.substr(0, rest.find('"'));
  }
  std::size_t end = 0;
  while (rest[end] != '"') {
    end += rest[end] == '\\' ? 2 : 1;
  }
  return decode_into(buffer, rest.substr(0, end));
}

JsonKeySet& JsonKeyChecker::take_key_set(JsonFrame& frame) {
  frame.key_set = m_arena.key_sets_used++;
  if (frame.key_set == m_arena.key_sets.size()) {
    m_arena.key_sets.emplace_back();
  }
  return m_arena.key_sets[frame.key_set];
}

void JsonKeyChecker::close(const JsonFrame& frame) noexcept {
  m_arena.keys.resize(frame.keys_begin);
  if (frame.key_set != JsonFrame::k_none) {
    m_arena.key_sets[frame.key_set].clear();
    --m_arena.key_sets_used;
  }
}

} // namespace menacedb
