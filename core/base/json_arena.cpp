#include "core/base/json_arena.hpp"

namespace menacedb {

char* JsonTextArena::room(std::size_t size) {
  if (size > k_chunk_size / 4) {
    // make_unique would fill it with zeros first.
    m_large.emplace_back(new char[size]);
    return m_large.back().get();
  }
  if (m_chunk < m_chunks.size() && k_chunk_size - m_used < size) {
    ++m_chunk;
    m_used = 0;
  }
  if (m_chunk == m_chunks.size()) {
    m_chunks.emplace_back(new char[k_chunk_size]);
  }
  return m_chunks[m_chunk].get() + m_used;
}

std::string_view JsonTextArena::take(char* begin, const char* end) noexcept {
  const auto size = static_cast<std::size_t>(end - begin);
  const bool is_in_chunk = m_chunk < m_chunks.size() && begin == m_chunks[m_chunk].get() + m_used;
  if (is_in_chunk) {
    m_used += size;
  }
  return {begin, size};
}

void JsonTextArena::release(const Mark& mark) noexcept {
  m_chunk = mark.chunks;
  m_used = mark.used;
  m_large.resize(mark.large);
}

} // namespace menacedb
