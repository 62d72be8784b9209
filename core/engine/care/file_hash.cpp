#include "core/engine/care/file_hash.hpp"

#include "core/base/error.hpp"
#include "core/base/hash.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

constexpr std::size_t k_piece = 1u << 20;

} // namespace

FileHash hash_file(Fs& fs, const std::string& path, const StopFlag& stop,
                   const PieceVisitor& each) {
  const Fd file = fs.open(path, {});
  std::string buffer(k_piece, '\0');
  Sha256 hash;
  FileHash result;
  for (;;) {
    if (stop.is_requested()) {
      throw Error(ErrorKind::busy, "interrupted",
                  fmt::format("cannot read '{}': interrupted", path));
    }
    const std::size_t size = fs.read_at(file, buffer.data(), buffer.size(), result.bytes);
    const std::string_view piece = std::string_view(buffer).substr(0, size);
    hash.update(piece);
    if (each && size > 0) {
      each(piece);
    }
    result.bytes += size;
    if (size < buffer.size()) {
      break;
    }
  }
  result.sha256 = to_hex(hash.finish());
  return result;
}

} // namespace menacedb
