#include "core/db/unfinished_write.hpp"

#include "core/db/database.hpp"

#include <sqlite3.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace menacedb {
namespace {

// walformat.html: the header of the WAL index, in the order of bytes of this machine but for the
// salts, which are as in the WAL.
constexpr std::size_t k_index_header = 48;
constexpr std::size_t k_page_size = 14;
constexpr std::size_t k_last_frame = 16;
constexpr std::size_t k_index_salts = 32;
constexpr int k_index_region = 32768;
// Of the WAL itself.
constexpr sqlite3_int64 k_wal_header = 32;
constexpr int k_frame_header = 24;
constexpr std::size_t k_frame_salts = 8;
constexpr std::size_t k_salts = 8;

using IndexHeader = std::array<char, k_index_header>;

sqlite3_file* file_of(sqlite3* handle, int which) {
  sqlite3_file* file = nullptr;
  const bool is_there = sqlite3_file_control(handle, "main", which, &file) == SQLITE_OK &&
                        file != nullptr && file->pMethods != nullptr;
  return is_there ? file : nullptr;
}

// None: somebody is writing it.
std::optional<IndexHeader> read_index(sqlite3_file& database) {
  constexpr int k_with_shared_memory = 2;
  void volatile* region = nullptr;
  if (database.pMethods->iVersion < k_with_shared_memory ||
      database.pMethods->xShmMap(&database, 0, k_index_region, 0, &region) != SQLITE_OK ||
      region == nullptr) {
    return std::nullopt;
  }
  // Two copies, of which a writer changes the second one first.
  const auto* const bytes = static_cast<const char*>(const_cast<void*>(region));
  IndexHeader first{};
  IndexHeader second{};
  std::memcpy(first.data(), bytes, first.size());
  std::atomic_thread_fence(std::memory_order_seq_cst);
  std::memcpy(second.data(), bytes + first.size(), second.size());
  return first == second ? std::optional(first) : std::nullopt;
}

template <typename Number>
Number number_at(const IndexHeader& header, std::size_t offset) {
  Number number = 0;
  std::memcpy(&number, header.data() + offset, sizeof number);
  return number;
}

sqlite3_int64 page_size(const IndexHeader& header) {
  const auto size = number_at<std::uint16_t>(header, k_page_size);
  return size == 1 ? 65536 : size;
}

} // namespace

bool has_unfinished_write(Database& database) {
  if (database.query_text("PRAGMA journal_mode") != "wal") {
    return true; // there is no shared memory to look into
  }
  sqlite3_file* const file = file_of(database.handle(), SQLITE_FCNTL_FILE_POINTER);
  sqlite3_file* const wal = file_of(database.handle(), SQLITE_FCNTL_JOURNAL_POINTER);
  if (file == nullptr || wal == nullptr) {
    return true;
  }
  const std::optional<IndexHeader> index = read_index(*file);
  if (!index) {
    return true;
  }
  const sqlite3_int64 frame = k_frame_header + page_size(*index);
  const sqlite3_int64 next = k_wal_header + number_at<std::uint32_t>(*index, k_last_frame) * frame;
  std::array<char, k_frame_header> header{};
  const int result = wal->pMethods->xRead(wal, header.data(), k_frame_header, next);
  if (result == SQLITE_IOERR_SHORT_READ) {
    return false;
  }
  return result != SQLITE_OK || std::string_view(header.data() + k_frame_salts, k_salts) ==
                                    std::string_view(index->data() + k_index_salts, k_salts);
}

} // namespace menacedb
