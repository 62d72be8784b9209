#include "core/engine/dir_stats.hpp"

#include "core/base/json_text.hpp"

namespace menacedb {
namespace {

constexpr Bytes k_most_bytes = 64u << 10;

} // namespace

void write_dir_stats(Fs& fs, const std::string& path, const StoreTotals& totals,
                     std::uint64_t pending) {
  JsonWriter json;
  json.begin_object();
  json.member("enqueued", totals.dir_processed + totals.dir_failed + pending);
  json.member("processed", totals.dir_processed).member("failed", totals.dir_failed);
  json.member("retried", totals.dir_retried).member("direct", totals.dir_direct);
  const std::string text = json.end_object().take() + "\n";
  const auto old = fs.stat(path);
  const bool is_same = old && old->type == FileType::regular && old->size == text.size() &&
                       read_file(fs, path, k_most_bytes) == text;
  if (!is_same) {
    replace_file_unsynced(fs, path, text); // the store has the numbers
  }
}

} // namespace menacedb
