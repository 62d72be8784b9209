#include "core/engine/status/status_numbers.hpp"

#include "core/base/error.hpp"
#include "core/db/database_mark.hpp"
#include "core/db/transaction.hpp"
#include "core/engine/jobs/job_places.hpp"
#include "core/engine/status/kept_numbers.hpp"
#include "core/engine/store_view.hpp"
#include "core/queue/spool.hpp"
#include "core/store/store_schema.hpp"

#include <algorithm>

namespace menacedb {
namespace {

constexpr Bytes k_most = 1u << 20; // more takes as long to read as the database

bool has_jobs_in(const Context& context, const std::string& path) {
  return job_database_path(context.settings) == path;
}

// Where the numbers of an installation are kept: its first spool, once that has segments.
std::string kept_path(const Context& context) {
  const std::vector<std::string> spools = context.settings.drain_queue_dirs();
  if (spools.empty()) {
    return {};
  }
  return join_path(Spool(context.fs, context.clock, spools.front()).sealed_directory(), ".status");
}

std::optional<KeptNumbers> read_kept(Fs& fs, const std::string& path) {
  try {
    const auto file = fs.open_if_exists(path, {});
    std::string text(file ? std::min(fs.stat(*file).size, k_most) : 0, '\0');
    if (!text.empty()) {
      text.resize(fs.read_at(*file, text.data(), text.size(), 0));
    }
    return parse_kept_numbers(text);
  } catch (const Error&) {
    return std::nullopt; // it only saves time
  }
}

// The mark is still the same. Jobs become due without a change of the database.
bool holds(const Context& context, const std::string& path, const KeptNumbers& kept) {
  const Instant now = context.clock.now();
  const auto until = kept.numbers.jobs ? kept.numbers.jobs->holds_until : std::nullopt;
  return kept.read_at <= now && (!until || now < *until) &&
         kept.numbers.knows_jobs == has_jobs_in(context, path);
}

// Not through a link, nor in the place of a thing that is not ours.
void write_kept(Fs& fs, const std::string& path, const KeptNumbers& kept) {
  const std::string text = to_text(kept);
  if (text.size() > k_most) {
    return;
  }
  try {
    const auto there = fs.stat(path);
    if (fs.stat(parent_directory(path)) && (!there || there->type == FileType::regular)) {
      replace_file_unsynced(fs, path, text);
    }
  } catch (const Error&) {
    // A full disk, or a spool that we may not write to: the next look reads the database again.
  }
}

// A table that somebody made in another way says nothing about the store.
void add_jobs(const Context& context, Database& database, StatusNumbers& numbers) {
  try {
    numbers.jobs = read_job_numbers(database, context.clock.now());
    numbers.knows_jobs = true;
  } catch (const Error&) {
    numbers.jobs.reset(); // read_job_status() tells what is to be told of it
  }
}

} // namespace

StatusNumbers read_status_numbers(const Context& context, const std::string& path, bool with_flow) {
  StatusNumbers numbers;
  const auto database = view_database(context, path);
  if (!database) {
    return numbers;
  }
  const ReadTransaction moment(*database);
  if (has_store_schema(*database)) {
    numbers.store = read_store_numbers(*database);
    numbers.flow = with_flow ? std::optional(read_flow(*database)) : std::nullopt;
  }
  if (has_jobs_in(context, path)) {
    add_jobs(context, *database, numbers);
  }
  return numbers;
}

StatusNumbers known_status_numbers(const Context& context, const DatabasePath& place) {
  const std::string kept = kept_path(context);
  const Instant now = context.clock.now(); // before the mark
  const auto mark = kept.empty() ? std::nullopt : database_mark(context.fs, place.real_path);
  if (!mark) {
    return read_status_numbers(context, place.path, false);
  }
  std::optional<KeptNumbers> known = read_kept(context.fs, kept);
  if (known && known->mark == mark->text && holds(context, place.path, *known)) {
    return std::move(known->numbers);
  }
  StatusNumbers numbers = read_status_numbers(context, place.path, false);
  if (numbers.store && tells_later_writes(context.fs, place.real_path, *mark, now) &&
      database_mark(context.fs, place.real_path) == mark) {
    write_kept(context.fs, kept, {mark->text, context.clock.now(), numbers});
  }
  return numbers;
}

} // namespace menacedb
