#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace menacedb {

enum class Compression { none, gzip, zstd };

// How many bytes of a file tell its compression.
inline constexpr std::size_t k_compression_magic_size = 4;

// By the first bytes, whatever the file is called.
[[nodiscard]] Compression compression_of(std::string_view first_bytes) noexcept;

// Unpacks a stream of gzip members or zstd frames, any number of them one after the other, in
// memory that does not depend on its length (zstd: on its window, 128 MiB at most). The caller
// feeds it bytes as they come. Move-only, not thread-safe; useless after a failure.
class Decompressor {
public:
  explicit Decompressor(Compression kind); // not `none`
  ~Decompressor();
  Decompressor(Decompressor&&) noexcept;
  Decompressor& operator=(Decompressor&&) noexcept;

  // Takes bytes from the front of `input` and writes content to the front of `out`; returns how
  // much. When `input` is empty afterwards and `out` not full, it needs more input. Throws Error
  // bad_input "compressed-data" when the bytes are damaged.
  [[nodiscard]] std::size_t unpack(std::string_view& input, std::span<char> out);
  // Whether the input may end here; in the middle of a member or frame it was cut off.
  [[nodiscard]] bool is_complete() const noexcept;

private:
  struct State;
  std::unique_ptr<State> m_state;
};

// Packs one stream as one zstd frame with a checksum. Move-only, not thread-safe.
class ZstdCompressor {
public:
  explicit ZstdCompressor(int level = 3); // 1 fast … 19 small; others are cut to the range
  ~ZstdCompressor();
  ZstdCompressor(ZstdCompressor&&) noexcept;
  ZstdCompressor& operator=(ZstdCompressor&&) noexcept;

  // Appends what is ready to `out`.
  void pack(std::string_view content, std::string& out);
  // Ends the frame; once.
  void finish(std::string& out);

private:
  struct State;
  std::unique_ptr<State> m_state;
};

} // namespace menacedb
