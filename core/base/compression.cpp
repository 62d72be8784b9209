#include "core/base/compression.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <new>
#include <zlib.h>
#include <zstd.h>

namespace menacedb {
namespace {

constexpr int k_lowest_level = 1;
constexpr int k_highest_level = 19;
constexpr int k_gzip_only = 16; // added to the window's bits

[[nodiscard]] Error damaged(std::string_view format, std::string_view reason) {
  return {ErrorKind::bad_input, "compressed-data",
          fmt::format("cannot unpack {} data: {}", format, reason)};
}

// zlib counts in unsigned int.
[[nodiscard]] uInt bounded(std::size_t size) noexcept {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

class GzipStream {
public:
  GzipStream() {
    if (::inflateInit2(&m_stream, MAX_WBITS + k_gzip_only) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~GzipStream() { ::inflateEnd(&m_stream); }
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  [[nodiscard]] std::size_t unpack(std::string_view& input, std::span<char> out) {
    std::size_t written = 0;
    while (written < out.size()) {
      if (m_is_between) {
        skip_padding(input);
      }
      if (input.empty()) {
        break;
      }
      m_is_between = false;
      const std::size_t before = input.size();
      const std::size_t count = step(input, out.subspan(written));
      written += count;
      if (count == 0 && input.size() == before && !m_is_between) {
        break; // it wants more than there is
      }
    }
    return written;
  }

  [[nodiscard]] bool is_complete() const noexcept { return m_is_between; }

private:
  // Tapes and some tools fill up the last block with zeros.
  void skip_padding(std::string_view& input) const noexcept {
    if (m_has_member) {
      input.remove_prefix(std::min(input.find_first_not_of('\0'), input.size()));
    }
  }

  [[nodiscard]] std::size_t step(std::string_view& input, std::span<char> out) {
    // zlib does not write to its input; its interface is older than const.
    m_stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    m_stream.avail_in = bounded(input.size());
    m_stream.next_out = reinterpret_cast<Bytef*>(out.data());
    m_stream.avail_out = bounded(out.size());
    const uInt given = m_stream.avail_in;
    const uInt room = m_stream.avail_out;
    const int result = ::inflate(&m_stream, Z_NO_FLUSH);
    input.remove_prefix(given - m_stream.avail_in);
    if (result == Z_STREAM_END) {
      m_is_between = m_has_member = true;
      ::inflateReset(&m_stream);
    } else if (result == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      throw damaged("gzip", m_stream.msg == nullptr ? "it is damaged" : m_stream.msg);
    }
    return room - m_stream.avail_out;
  }

  z_stream m_stream{};
  bool m_is_between = true;
  bool m_has_member = false;
};

class ZstdStream {
public:
  ZstdStream() : m_stream(::ZSTD_createDStream()) {
    if (m_stream == nullptr) {
      throw std::bad_alloc();
    }
  }
  ~ZstdStream() { ::ZSTD_freeDStream(m_stream); }
  ZstdStream(const ZstdStream&) = delete;
  ZstdStream& operator=(const ZstdStream&) = delete;

  [[nodiscard]] std::size_t unpack(std::string_view& input, std::span<char> out) {
    ZSTD_inBuffer source{input.data(), input.size(), 0};
    ZSTD_outBuffer target{out.data(), out.size(), 0};
    // With output to spare, one call more hands out what the decoder still holds.
    while (target.pos < target.size && (source.pos < source.size || m_holds_output)) {
      const std::size_t left = ::ZSTD_decompressStream(m_stream, &target, &source);
      if (::ZSTD_isError(left) != 0) {
        throw damaged("zstd", ::ZSTD_getErrorName(left));
      }
      m_is_between = left == 0;
      m_holds_output = target.pos == target.size && !m_is_between;
    }
    input.remove_prefix(source.pos);
    return target.pos;
  }

  [[nodiscard]] bool is_complete() const noexcept { return m_is_between; }

private:
  ZSTD_DStream* m_stream;
  bool m_is_between = true;
  bool m_holds_output = false;
};

} // namespace

Compression compression_of(std::string_view first_bytes) noexcept {
  if (first_bytes.starts_with("\x1f\x8b")) {
    return Compression::gzip;
  }
  // A frame, or a skippable frame (its magic has sixteen values), as `pzstd` begins files.
  const bool is_frame = first_bytes.starts_with("\x28\xb5\x2f\xfd");
  const bool is_skippable = first_bytes.size() >= k_compression_magic_size &&
                            first_bytes.substr(1).starts_with("\x2a\x4d\x18") &&
                            (static_cast<unsigned char>(first_bytes[0]) & 0xF0U) == 0x50U;
  return is_frame || is_skippable ? Compression::zstd : Compression::none;
}

struct Decompressor::State {
  std::optional<GzipStream> gzip;
  std::optional<ZstdStream> zstd;
};

Decompressor::Decompressor(Compression kind) : m_state(std::make_unique<State>()) {
  if (kind == Compression::gzip) {
    m_state->gzip.emplace();
  } else {
    m_state->zstd.emplace();
  }
}

Decompressor::~Decompressor() = default;
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;

std::size_t Decompressor::unpack(std::string_view& input, std::span<char> out) {
  return m_state->gzip ? m_state->gzip->unpack(input, out) : m_state->zstd->unpack(input, out);
}

bool Decompressor::is_complete() const noexcept {
  return m_state->gzip ? m_state->gzip->is_complete() : m_state->zstd->is_complete();
}

struct ZstdCompressor::State {
  explicit State(int level) : context(::ZSTD_createCCtx()), room(::ZSTD_CStreamOutSize(), '\0') {
    if (context == nullptr) {
      throw std::bad_alloc();
    }
    const int used = std::clamp(level, k_lowest_level, k_highest_level);
    ::ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, used);
    ::ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  }
  ~State() { ::ZSTD_freeCCtx(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // One call; returns what is left to do.
  std::size_t step(ZSTD_inBuffer& source, ZSTD_EndDirective directive, std::string& out) {
    ZSTD_outBuffer target{room.data(), room.size(), 0};
    const std::size_t left = ::ZSTD_compressStream2(context, &target, &source, directive);
    if (::ZSTD_isError(left) != 0) {
      throw Error(ErrorKind::internal, "compress",
                  fmt::format("cannot pack zstd data: {}", ::ZSTD_getErrorName(left)));
    }
    out.append(room.data(), target.pos);
    return left;
  }

  ZSTD_CCtx* context;
  std::string room;
};

ZstdCompressor::ZstdCompressor(int level) : m_state(std::make_unique<State>(level)) {}
ZstdCompressor::~ZstdCompressor() = default;
ZstdCompressor::ZstdCompressor(ZstdCompressor&&) noexcept = default;
ZstdCompressor& ZstdCompressor::operator=(ZstdCompressor&&) noexcept = default;

void ZstdCompressor::pack(std::string_view content, std::string& out) {
  ZSTD_inBuffer source{content.data(), content.size(), 0};
  while (source.pos < source.size) {
    m_state->step(source, ZSTD_e_continue, out);
  }
}

void ZstdCompressor::finish(std::string& out) {
  ZSTD_inBuffer source{"", 0, 0};
  while (m_state->step(source, ZSTD_e_end, out) != 0) {
  }
}

} // namespace menacedb
