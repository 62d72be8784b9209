#include "core/db/file_header.hpp"

#include <sqlite3.h>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace menacedb {
namespace {

constexpr std::string_view k_magic{"SQLite format 3\0", 16};
constexpr std::size_t k_write_version = 18; // 2 in WAL mode
constexpr std::size_t k_read_version = 19;
constexpr std::size_t k_encoding = 59; // last byte of a number of four
using Header = std::array<char, 60>;

struct FilenameFree {
  void operator()(const char* name) const noexcept { sqlite3_free_filename(name); }
};

bool read_header(sqlite3_vfs& vfs, const char* name, Header& header) {
  const auto memory = std::make_unique<std::max_align_t[]>(
      static_cast<std::size_t>(vfs.szOsFile) / sizeof(std::max_align_t) + 1);
  auto* file = static_cast<sqlite3_file*>(static_cast<void*>(memory.get()));
  const int opened =
      vfs.xOpen(&vfs, name, file, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, nullptr);
  const bool is_read =
      opened == SQLITE_OK &&
      file->pMethods->xRead(file, header.data(), static_cast<int>(header.size()), 0) == SQLITE_OK;
  if (file->pMethods != nullptr) {
    file->pMethods->xClose(file);
  }
  return is_read;
}

// None when there is none.
std::optional<Header> header_of(const std::string& real_path) {
  sqlite3_initialize();
  sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
  const std::unique_ptr<const char, FilenameFree> name(
      sqlite3_create_filename(real_path.c_str(), "", "", 0, nullptr));
  Header header{};
  if (vfs == nullptr || !name || !read_header(*vfs, name.get(), header)) {
    return std::nullopt;
  }
  const bool is_database = std::string_view(header.data(), k_magic.size()) == k_magic;
  return is_database ? std::optional(header) : std::nullopt;
}

} // namespace

bool is_wal_file(const std::string& real_path) {
  const std::optional<Header> header = header_of(real_path);
  return header && (*header)[k_write_version] == 2 && (*header)[k_read_version] == 2;
}

std::string_view text_encoding(const std::string& real_path) {
  const std::optional<Header> header = header_of(real_path);
  if (!header) {
    return {};
  }
  switch ((*header)[k_encoding]) {
  case 1:
    return "UTF-8";
  case 2:
    return "UTF-16le";
  case 3:
    return "UTF-16be";
  default: // of a file without content
    return {};
  }
}

} // namespace menacedb
