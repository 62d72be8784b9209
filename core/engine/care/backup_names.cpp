#include "core/engine/care/backup_names.hpp"

#include "core/base/text.hpp"
#include "core/os/fs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace menacedb {
namespace {

constexpr std::size_t k_longest_reason = 64;
constexpr std::string_view k_extension = ".db";
constexpr std::string_view k_compressed_extension = ".db.zst";
constexpr std::size_t k_time_length = 15; // YYYYMMDD_HHMMSS

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1); // npos + 1 is 0
}

bool is_safe(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

// "20260102_030405" as RFC 3339 reads it.
std::optional<Instant> parse_time(std::string_view text) {
  const auto part = [text](std::size_t at, std::size_t size) { return text.substr(at, size); };
  return parse_instant(fmt::format("{}-{}-{} {}:{}:{}", part(0, 4), part(4, 2), part(6, 2),
                                   part(9, 2), part(11, 2), part(13, 2)));
}

} // namespace

std::string backup_directory(const std::string& database) {
  return join_path(parent_directory(database), "backups");
}

std::string backup_stem(const std::string& database) {
  const std::string name = file_name(database);
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
}

std::string safe_reason(std::string_view reason) {
  std::string safe;
  for (const char c : reason) {
    if (safe.size() >= k_longest_reason) {
      break;
    }
    const char next = is_safe(c) ? c : '_';
    if (next != '_' || safe.empty() || safe.back() != '_') {
      safe.push_back(next);
    }
  }
  const std::size_t first = safe.find_first_not_of("._");
  const std::size_t last = safe.find_last_not_of("._");
  return first == std::string::npos ? "manual" : safe.substr(first, last - first + 1);
}

std::string backup_base_name(const std::string& database, Instant when, std::string_view reason) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
  std::string time = format_instant(seconds); // 2026-01-02T03:04:05Z
  std::erase_if(time, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  std::ranges::replace(time, 'T', '_');
  return fmt::format("{}_{}_{}", backup_stem(database), time, safe_reason(reason));
}

std::optional<BackupName> parse_backup_name(const std::string& database,
                                            std::string_view file_name) {
  const std::string prefix = backup_stem(database) + '_';
  BackupName name;
  name.is_compressed = file_name.ends_with(k_compressed_extension);
  if (!file_name.starts_with(prefix) || !(name.is_compressed || file_name.ends_with(k_extension))) {
    return std::nullopt;
  }
  file_name.remove_prefix(prefix.size());
  file_name.remove_suffix(name.is_compressed ? k_compressed_extension.size() : k_extension.size());
  if (file_name.size() < k_time_length || file_name[8] != '_') {
    return std::nullopt;
  }
  const auto when = parse_time(file_name.substr(0, k_time_length));
  if (!when) {
    return std::nullopt;
  }
  name.when = *when;
  file_name.remove_prefix(k_time_length);
  if (!file_name.empty() && file_name.front() != '_') {
    return std::nullopt;
  }
  name.reason = file_name.empty() ? file_name : file_name.substr(1);
  return name;
}

BackupClasses parse_backup_classes(std::string_view setting) {
  BackupClasses classes;
  for (const std::string& part : split_list(setting)) {
    const std::size_t equals = std::min(part.find('='), part.size());
    const std::string_view number =
        trim(std::string_view(part).substr(std::min(equals + 1, part.size())));
    std::uint64_t count = 0;
    std::from_chars(number.data(), number.data() + number.size(), count);
    classes.emplace_back(trim(std::string_view(part).substr(0, equals)), count);
  }
  return classes;
}

std::string_view backup_class(const BackupClasses& classes, std::string_view reason) {
  for (const auto& [word, count] : classes) {
    if (word != k_default_backup_class && reason.find(word) != std::string_view::npos) {
      return word;
    }
  }
  return k_default_backup_class;
}

} // namespace menacedb
