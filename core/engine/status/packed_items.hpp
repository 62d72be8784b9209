#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace menacedb {

// Numbers and texts in a row, for files that only menacedb reads: "17 5:hello ".
class PackedItems {
public:
  void number(std::uint64_t value);
  void text(std::string_view value);
  [[nodiscard]] const std::string& bytes() const noexcept { return m_bytes; }

private:
  std::string m_bytes;
};

// Reads them in the same order. What is not there reads as nothing: ask is_whole() at the end. The
// views live as long as the bytes.
class PackedItemsReader {
public:
  explicit PackedItemsReader(std::string_view bytes) : m_left(bytes) {}
  [[nodiscard]] std::uint64_t number();
  [[nodiscard]] std::string_view text();
  // Of a list that follows: no longer than what is left could hold.
  [[nodiscard]] std::uint64_t count();
  // All was there, and nothing is left.
  [[nodiscard]] bool is_whole() const noexcept { return m_is_sound && m_left.empty(); }

private:
  [[nodiscard]] std::uint64_t number_before(char end);

  std::string_view m_left;
  bool m_is_sound = true;
};

} // namespace menacedb
