#include "core/engine/cleanup/cleanup_actions.hpp"
#include "core/engine/cleanup/cleanup_run.hpp"
#include "core/queue/dir_name.hpp"
#include "core/queue/dir_spool.hpp"
#include "core/queue/spool.hpp"

#include <set>

namespace menacedb {
namespace {

// Nobody takes an hour to write a file and rename it.
constexpr Duration k_stale = std::chrono::hours(1);
constexpr std::string_view k_hex = "0123456789abcdef";

// The name of an entry, perhaps with what its writers put behind it.
bool is_half_written_entry(std::string_view name) {
  const std::size_t end = name.find(".json");
  return end != std::string_view::npos && parse_dir_name(name.substr(0, end + 5)).has_value();
}

// ".<name>.<12 hex digits>.tmp", as replace_file() calls them.
bool is_half_replaced(std::string_view name) {
  constexpr std::string_view k_end = ".tmp";
  constexpr std::size_t k_digits = 12;
  if (!name.starts_with('.') || !name.ends_with(k_end)) {
    return false;
  }
  name.remove_suffix(k_end.size());
  const std::size_t dot = name.rfind('.');
  const std::string_view digits = name.substr(dot + 1);
  return dot > 1 && digits.size() == k_digits &&
         digits.find_first_not_of(k_hex) == std::string_view::npos;
}

void clean_folder(CleanupRun& run, const std::string& folder, bool (*is_ours)(std::string_view)) {
  run.visit(folder, [&](const CleanupRun::File& file) {
    if (is_ours(file.name) && run.is_due(file.stat.modified_at, k_stale)) {
      run.remove(file.path, file.stat.size);
    }
  });
}

} // namespace

CleanupResult clean_temporary(const Context& context, const CleanupOptions& options) {
  CleanupRun run(context, options, "temp");
  const DirSpool dir(context.fs, context.settings.text("dir_queue.dir"));
  clean_folder(run, dir.temporary(), is_half_written_entry);
  std::set<std::string> folders{dir.directory()}; // each once, or a dry run would count it twice
  for (const std::string& directory : context.settings.drain_queue_dirs()) {
    folders.insert(directory);
    folders.insert(Spool(context.fs, context.clock, directory).sealed_directory());
  }
  for (const std::string& folder : folders) {
    clean_folder(run, folder, is_half_replaced);
  }
  return run.take_result();
}

} // namespace menacedb
