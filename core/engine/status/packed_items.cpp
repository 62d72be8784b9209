#include "core/engine/status/packed_items.hpp"

#include <array>
#include <charconv>

namespace menacedb {

void PackedItems::number(std::uint64_t value) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  m_bytes.append(digits.data(), end).push_back(' ');
}

void PackedItems::text(std::string_view value) {
  number(value.size());
  m_bytes.back() = ':';
  m_bytes.append(value).push_back(' ');
}

std::uint64_t PackedItemsReader::number_before(char end) {
  std::uint64_t value = 0;
  const char* const begin = m_left.data();
  const auto read = std::from_chars(begin, begin + m_left.size(), value);
  if (read.ec != std::errc() || read.ptr == begin + m_left.size() || *read.ptr != end) {
    m_is_sound = false;
    m_left = {};
    return 0;
  }
  m_left.remove_prefix(static_cast<std::size_t>(read.ptr - begin) + 1);
  return value;
}

std::uint64_t PackedItemsReader::number() {
  return number_before(' ');
}

std::string_view PackedItemsReader::text() {
  const std::uint64_t size = number_before(':');
  if (size >= m_left.size() || m_left[size] != ' ') {
    m_is_sound = false;
    m_left = {};
    return {};
  }
  const std::string_view value = m_left.substr(0, size);
  m_left.remove_prefix(size + 1);
  return value;
}

std::uint64_t PackedItemsReader::count() {
  const std::uint64_t count = number();
  if (count > m_left.size()) {
    m_is_sound = false;
    m_left = {};
    return 0;
  }
  return count;
}

} // namespace menacedb
