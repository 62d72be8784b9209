#include "core/engine/care/packed_file.hpp"

#include "core/base/compression.hpp"
#include "core/base/hash.hpp"

namespace menacedb {
namespace {

constexpr std::size_t k_unpacked_piece = 1u << 20;

} // namespace

PackedHash hash_packed_file(Fs& fs, const std::string& path, const StopFlag& stop,
                            const PackedVisitors& visitors) {
  Decompressor decompressor(Compression::zstd);
  Sha256 content;
  std::string out(k_unpacked_piece, '\0');
  PackedHash hash;
  Bytes done = 0;
  hash.stored = hash_file(fs, path, stop, [&](std::string_view piece) {
    const std::size_t piece_size = piece.size();
    for (bool is_hungry = false; !is_hungry;) {
      const std::size_t size = decompressor.unpack(piece, out);
      const std::string_view unpacked = std::string_view(out).substr(0, size);
      content.update(unpacked);
      hash.content.bytes += size;
      if (visitors.on_content) {
        visitors.on_content(unpacked);
      }
      is_hungry = piece.empty() && size < out.size();
    }
    done += piece_size;
    if (visitors.on_read) {
      visitors.on_read(done);
    }
  });
  hash.content.sha256 = to_hex(content.finish());
  hash.is_complete = decompressor.is_complete();
  return hash;
}

} // namespace menacedb
