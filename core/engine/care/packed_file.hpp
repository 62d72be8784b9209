#pragma once

#include "core/engine/care/file_hash.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace menacedb {

struct PackedHash {
  FileHash stored;  // the file as it lies there
  FileHash content; // what is packed in it
  bool is_complete = false;
};
struct PackedVisitors {
  PieceVisitor on_content;                 // sees what is unpacked, in order
  std::function<void(Bytes done)> on_read; // bytes of the file so far
};

// Reads a zstd file once and hashes it packed and unpacked, in memory that does not depend on its
// size. Throws bad_input "compressed-data" when it is damaged; one that is cut off is an answer. A
// stop ends it with busy, code "interrupted".
[[nodiscard]] PackedHash hash_packed_file(Fs& fs, const std::string& path, const StopFlag& stop,
                                          const PackedVisitors& visitors);

} // namespace menacedb
