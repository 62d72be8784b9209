#include "core/db/database_mark.hpp"

#include "core/base/error.hpp"
#include "core/db/lock_bytes.hpp"
#include "core/os/file_use.hpp"
#include "core/os/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace menacedb {
namespace {

// The -shm file begins with two copies of the WAL's header; a writer changes the second one first.
constexpr std::size_t k_header = 48;
using WalHeaders = std::array<char, 2 * k_header>;

constexpr Duration k_tick = std::chrono::milliseconds(100); // ten times the slowest kernel's
constexpr Duration k_coarse_tick = std::chrono::seconds(3); // of FAT and old file systems
constexpr std::int64_t k_whole_second = 1'000'000;

void add_hex(std::string& text, std::string_view bytes) {
  constexpr std::string_view k_digits = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += k_digits[byte >> 4];
    text += k_digits[byte & 15];
  }
}

std::int64_t microseconds(Instant instant) {
  return instant.time_since_epoch().count();
}

// The time of the last change of any kind. Who runs as root changes the WAL's whenever SQLite opens
// it, by giving it the owner that it has: there, only writing counts.
std::string describe(const FileStat& file, Instant changed_at) {
  return fmt::format("{}:{} {} {} {:o} {}:{}", file.id.device, file.id.inode, file.size,
                     microseconds(changed_at), file.mode, file.owner, file.group);
}

// None: somebody is writing it, or nobody has made it yet.
std::optional<std::string> describe_index(Fs& fs, const Fd& file) {
  WalHeaders headers{};
  if (fs.read_at(file, headers.data(), headers.size(), 0) < headers.size()) {
    return std::nullopt;
  }
  const std::string_view both(headers.data(), headers.size());
  if (both.substr(0, k_header) != both.substr(k_header)) {
    return std::nullopt;
  }
  const bool is_connected =
      would_wait_for_lock(file, LockMode::exclusive, k_dead_man_switch, k_dead_man_switch);
  std::string text = is_connected ? " connected " : " alone ";
  add_hex(text, both.substr(0, k_header));
  return text;
}

// What belongs to the database file; empty when that is all there is.
std::optional<std::string> describe_wal(Fs& fs, const std::string& real_path, Instant& changed_at) {
  const auto wal = fs.open_if_exists(real_path + "-wal", {});
  const auto index = fs.open_if_exists(real_path + "-shm", {});
  if (wal.has_value() != index.has_value()) {
    return std::nullopt;
  }
  if (!wal) {
    return "";
  }
  const FileStat stat = fs.stat(*wal);
  const auto text = describe_index(fs, *index);
  if (stat.type != FileType::regular || !text) {
    return std::nullopt;
  }
  changed_at = std::max(changed_at, stat.modified_at);
  return " wal " + describe(stat, stat.modified_at) + *text;
}

std::optional<DatabaseMark> take(Fs& fs, const std::string& real_path) {
  const auto file = fs.open_if_exists(real_path, {});
  if (!file || would_wait_for_lock(*file, LockMode::shared, k_pending_byte, k_last_shared_byte)) {
    return std::nullopt;
  }
  const FileStat stat = fs.stat(*file);
  DatabaseMark mark{.text = {}, .changed_at = stat.changed_at};
  const auto wal = describe_wal(fs, real_path, mark.changed_at);
  const std::string boot = boot_id();
  if (stat.type != FileType::regular || !wal || boot.empty()) {
    return std::nullopt;
  }
  mark.text = boot + " " + describe(stat, stat.changed_at) + *wal;
  return mark;
}

} // namespace

std::optional<DatabaseMark> database_mark(Fs& fs, const std::string& real_path) {
  try {
    return take(fs, real_path);
  } catch (const Error&) {
    return std::nullopt; // opening it will tell why
  }
}

bool tells_later_writes(Fs& fs, const std::string& real_path, const DatabaseMark& mark,
                        Instant now) {
  const bool is_coarse = microseconds(mark.changed_at) % k_whole_second == 0;
  return now - mark.changed_at > (is_coarse ? k_coarse_tick : k_tick) &&
         !fs.stat(real_path + "-journal");
}

} // namespace menacedb
