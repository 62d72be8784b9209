#pragma once

#include "core/base/units.hpp"
#include "core/os/fs.hpp"
#include "core/os/stop.hpp"

#include <functional>
#include <string>

namespace menacedb {

struct FileHash {
  Bytes bytes = 0;
  std::string sha256;
};

// Reads a whole file in pieces and hashes it; `each` sees every piece. A stop ends it with busy,
// code "interrupted".
using PieceVisitor = std::function<void(std::string_view piece)>;
[[nodiscard]] FileHash hash_file(Fs& fs, const std::string& path, const StopFlag& stop,
                                 const PieceVisitor& each = {});

} // namespace menacedb
