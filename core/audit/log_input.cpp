#include "core/audit/log_input.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace menacedb {
namespace {

constexpr std::size_t k_packed_block = 128u << 10;

} // namespace

LogInput::LogInput(const std::string& path) : m_file(path) {}

std::size_t LogInput::read(std::span<char> out) {
  if (m_is_at_start) {
    look_at_first_bytes();
  }
  return m_decompressor ? unpack(out) : read_raw(out);
}

// A pipe may give its bytes one by one.
void LogInput::look_at_first_bytes() {
  m_packed.resize(k_packed_block);
  std::size_t size = 0;
  while (size < k_compression_magic_size) {
    const std::size_t count = m_file.read(m_packed.data() + size, m_packed.size() - size);
    m_bytes_read += count;
    size += count;
    if (count == 0) {
      break;
    }
  }
  m_rest = std::string_view(m_packed.data(), size);
  m_is_at_start = size == 0; // it may grow
  const Compression kind = compression_of(m_rest);
  if (kind != Compression::none) {
    m_decompressor.emplace(kind);
  }
}

std::size_t LogInput::read_raw(std::span<char> out) {
  if (!m_rest.empty()) {
    const std::size_t count = std::min(m_rest.size(), out.size());
    std::memcpy(out.data(), m_rest.data(), count);
    m_rest.remove_prefix(count);
    return count;
  }
  const std::size_t count = m_file.read(out.data(), out.size());
  m_bytes_read += count;
  return count;
}

std::size_t LogInput::unpack_rest(std::span<char> out) {
  try {
    return m_decompressor->unpack(m_rest, out);
  } catch (Error& error) {
    throw std::move(error).within(fmt::format("'{}'", m_file.name()));
  }
}

std::size_t LogInput::unpack(std::span<char> out) {
  for (;;) {
    const std::size_t count = unpack_rest(out);
    if (count > 0) {
      return count;
    }
    const std::size_t size = m_file.read(m_packed.data(), m_packed.size());
    m_bytes_read += size;
    m_rest = std::string_view(m_packed.data(), size);
    if (size == 0 && m_decompressor->is_complete()) {
      return 0;
    }
    if (size == 0) {
      throw Error(ErrorKind::bad_input, "compressed-data",
                  fmt::format("cannot unpack '{}': it ends too early", m_file.name()));
    }
  }
}

} // namespace menacedb
