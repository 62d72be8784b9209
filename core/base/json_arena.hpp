#pragma once

#include "core/base/json.hpp"
#include "core/base/json_keys.hpp"

#include <memory>
#include <string>
#include <vector>

namespace menacedb {

// Memory for decoded strings. Addresses stay valid until release() or clear().
class JsonTextArena {
public:
  // A point to go back to.
  struct Mark {
    std::size_t chunks = 0;
    std::size_t used = 0;
    std::size_t large = 0;
  };

  // Room for `size` bytes at most; take() keeps those that were written.
  [[nodiscard]] char* room(std::size_t size);
  [[nodiscard]] std::string_view take(char* begin, const char* end) noexcept;

  [[nodiscard]] Mark mark() const noexcept { return {m_chunk, m_used, m_large.size()}; }
  void release(const Mark& mark) noexcept;
  void clear() noexcept { release({}); }

private:
  static constexpr std::size_t k_chunk_size = 64 * 1024;

  std::vector<std::unique_ptr<char[]>> m_chunks; // kept; the one in use is m_chunk
  std::vector<std::unique_ptr<char[]>> m_large;  // texts too long for a chunk; freed by release
  std::size_t m_chunk = 0;
  std::size_t m_used = 0;
};

// An object or array that is open.
struct JsonFrame {
  static constexpr std::uint32_t k_none = UINT32_MAX;

  const char* begin = nullptr;
  std::uint64_t key_bits = 0;     // json_key_bit of the names so far
  std::uint32_t node = k_none;    // the container's own node, if it has one
  std::uint32_t count = 0;        // members or elements so far
  std::uint32_t keys_begin = 0;   // in Arena::keys, when the members have no nodes
  std::uint32_t key_set = k_none; // in Arena::key_sets, once there are many names
  bool is_object = false;
  bool is_expanded = false;
};

// What a tape owns besides its nodes: the decoded strings, and the scanner's memory between calls.
struct JsonArena {
  JsonTextArena text;
  std::vector<JsonFrame> frames;
  // Names of open objects whose members have no nodes: offset of the text after the quote, times
  // two, plus one when the name has escapes.
  std::vector<std::uint32_t> keys;
  std::vector<JsonKeySet> key_sets;
  std::uint32_t key_sets_used = 0;
  std::string key_buffer;
  std::string other_key_buffer;
};

} // namespace menacedb
