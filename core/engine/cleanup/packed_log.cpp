#include "core/engine/cleanup/packed_log.hpp"

#include "core/base/gzip_compressor.hpp"
#include "core/engine/care/partial_file.hpp"
#include "core/os/log_file.hpp"

#include <optional>

namespace menacedb {
namespace {

constexpr std::size_t k_piece = 256U << 10U;

// False: a stop was requested.
bool write_packed(const Context& context, const Fd& from, const Fd& to) {
  GzipCompressor compressor;
  std::string piece(k_piece, '\0');
  std::string packed;
  for (Bytes at = 0;;) {
    const std::size_t count = context.fs.read_at(from, piece.data(), piece.size(), at);
    if (count == 0) {
      break;
    }
    if (context.stop.is_requested()) {
      return false;
    }
    compressor.pack(std::string_view(piece).substr(0, count), packed);
    context.fs.write_all(to, packed);
    packed.clear();
    at += count;
  }
  compressor.finish(packed);
  context.fs.write_all(to, packed);
  context.fs.sync(to);
  return true;
}

// Nobody wrote to it and it has its name yet.
bool is_unchanged(Fs& fs, const std::string& path, const FileStat& before) {
  const auto now = fs.stat(path);
  return now && now->id == before.id && now->size == before.size;
}

} // namespace

bool pack_log(const Context& context, const std::string& path, const std::string& log) {
  Fs& fs = context.fs;
  const auto from = fs.open_if_exists(path, {});
  if (!from) {
    return false;
  }
  const FileStat before = fs.stat(*from);
  const std::string folder = parent_directory(path);
  PartialFile::remove_stale(fs, folder);
  PartialFile packed(fs, folder, path.substr(path.rfind('/') + 1), before);
  if (!write_packed(context, *from, packed.file())) {
    return false;
  }
  bool is_done = false;
  const auto publish = [&] {
    if (is_unchanged(fs, path, before)) {
      packed.publish(path + ".gz");
      fs.sync_directory(folder);
      is_done = fs.unlink(path);
    }
  };
  if (log.empty()) {
    publish();
  } else if (!without_rotation(fs, log, publish)) {
    return false;
  }
  return is_done;
}

} // namespace menacedb
