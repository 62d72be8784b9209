#include "core/engine/worker/upkeep_records.hpp"

#include "core/base/text.hpp"
#include "core/engine/worker/worker_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace menacedb {
namespace {

constexpr Bytes k_most = 64u << 10;
constexpr std::size_t k_longest_text = 2000;
constexpr std::string_view k_ok = "ok";
constexpr std::string_view k_failed = "failed";

// task, time, ok or failed, text: between them a blank each.
std::optional<UpkeepRecord> parse_record(std::string_view line) {
  std::array<std::string_view, 3> words;
  for (std::string_view& word : words) {
    const std::size_t end = std::min(line.find(' '), line.size());
    word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  const auto ended_at = parse_instant(words[1]);
  if (!ended_at || (words[2] != k_ok && words[2] != k_failed)) {
    return std::nullopt;
  }
  return UpkeepRecord{std::string(words[0]), *ended_at, words[2] == k_ok, std::string(line)};
}

std::string to_line(const UpkeepRecord& record) {
  return fmt::format("{} {} {} {}\n", record.task, format_instant(record.ended_at),
                     record.is_ok ? k_ok : k_failed, elide(printable(record.text), k_longest_text));
}

} // namespace

std::string upkeep_records_path(const Settings& settings) {
  return join_path(settings.text("dir_queue.dir"), ".upkeep");
}

std::string upkeep_lock_path(const Settings& settings) {
  return join_path(settings.text("dir_queue.dir"), ".upkeep.lock");
}

std::vector<UpkeepRecord> read_upkeep_records(Fs& fs, const Settings& settings) {
  const std::string path = upkeep_records_path(settings);
  std::vector<UpkeepRecord> records;
  if (!fs.stat(path)) {
    return records;
  }
  for (const std::string& line : split_list(read_file(fs, path, k_most), '\n')) {
    if (auto record = parse_record(line)) {
      records.push_back(std::move(*record));
    }
  }
  return records;
}

void write_upkeep_record(Fs& fs, const Settings& settings, const UpkeepRecord& record) {
  std::vector<UpkeepRecord> records = read_upkeep_records(fs, settings);
  std::erase_if(records, [&](const UpkeepRecord& other) { return other.task == record.task; });
  records.push_back(record);
  std::ranges::sort(records, {}, &UpkeepRecord::task);
  std::string text;
  for (const UpkeepRecord& each : records) {
    text += to_line(each);
  }
  write_small_file(fs, upkeep_records_path(settings), text);
}

} // namespace menacedb
