#include "core/base/gzip_compressor.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <zlib.h>

namespace menacedb {
namespace {

constexpr int k_gzip = 16; // added to the window's bits
constexpr int k_memory_level = 8;

} // namespace

struct GzipCompressor::State {
  State() {
    if (::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + k_gzip,
                       k_memory_level, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~State() { ::deflateEnd(&stream); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // Until all input is taken and, at the end, all output made.
  void run(std::string_view input, int flush, std::string& out) {
    // zlib does not write to its input; its interface is older than const.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream.avail_in = static_cast<uInt>(input.size());
    do {
      stream.next_out = reinterpret_cast<Bytef*>(room.data());
      stream.avail_out = static_cast<uInt>(room.size());
      ::deflate(&stream, flush);
      out.append(room.data(), room.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  }

  z_stream stream{};
  std::array<char, 64U << 10U> room{};
};

GzipCompressor::GzipCompressor() : m_state(std::make_unique<State>()) {}
GzipCompressor::~GzipCompressor() = default;
GzipCompressor::GzipCompressor(GzipCompressor&&) noexcept = default;
GzipCompressor& GzipCompressor::operator=(GzipCompressor&&) noexcept = default;

void GzipCompressor::pack(std::string_view content, std::string& out) {
  constexpr std::size_t k_most = std::numeric_limits<uInt>::max(); // zlib counts in it
  while (!content.empty()) {
    const std::string_view part = content.substr(0, k_most);
    m_state->run(part, Z_NO_FLUSH, out);
    content.remove_prefix(part.size());
  }
}

void GzipCompressor::finish(std::string& out) {
  m_state->run({}, Z_FINISH, out);
}

} // namespace menacedb
