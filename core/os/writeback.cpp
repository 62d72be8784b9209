#include "core/os/writeback.hpp"

#include <fcntl.h>

namespace menacedb {

void start_writeback(const Fd& file) noexcept {
  static_cast<void>(::sync_file_range(file.get(), 0, 0, SYNC_FILE_RANGE_WRITE));
}

} // namespace menacedb
