#include "core/engine/worker/worker_files.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/lifetime_lock.hpp"
#include "core/os/process.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>

namespace menacedb {
namespace {

constexpr Bytes k_most_state = 64u << 10;

using Words = std::map<std::string, std::string, std::less<>>;

// A line "name value" each.
Words parse_words(std::string_view text) {
  Words words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t blank = std::min(line.find(' '), line.size());
    words.emplace(line.substr(0, blank), line.substr(std::min(blank + 1, line.size())));
  }
  return words;
}

template <typename Number>
Number number_of(const Words& words, std::string_view name) {
  Number number = 0;
  if (const auto found = words.find(name); found != words.end()) {
    const std::string& text = found->second;
    (void)std::from_chars(text.data(), text.data() + text.size(), number);
  }
  return number;
}

std::string text_of(const Words& words, std::string_view name) {
  const auto found = words.find(name);
  return found == words.end() ? std::string() : found->second;
}

// None: it cannot be read, or another worker wrote it.
std::optional<WorkerState> read_state(Fs& fs, const std::string& path, int pid) {
  try {
    if (!fs.stat(path)) {
      return std::nullopt;
    }
    const Words words = parse_words(read_file(fs, path, k_most_state));
    WorkerState state;
    state.pid = number_of<int>(words, "pid");
    state.generation = number_of<std::uint64_t>(words, "generation");
    state.begun_reloads = number_of<std::uint64_t>(words, "begun_reloads");
    state.reloads = number_of<std::uint64_t>(words, "reloads");
    state.started_at = parse_instant(text_of(words, "started_at")).value_or(Instant());
    state.loaded_at = parse_instant(text_of(words, "loaded_at")).value_or(Instant());
    state.config_error = text_of(words, "config_error");
    state.pinned_items = text_of(words, "pinned_items");
    state.last_error = text_of(words, "last_error");
    const bool is_ours = pid == 0 || state.pid == pid;
    return is_ours ? std::optional(std::move(state)) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

} // namespace

void write_small_file(Fs& fs, const std::string& path, std::string_view content) {
  const std::string temporary = fmt::format("{}.{}.tmp", path, process_id());
  {
    const Fd file = fs.open(temporary, {.mode = OpenMode::read_write, .create = true});
    fs.truncate(file, 0);
    fs.write_all(file, content);
  }
  fs.rename(temporary, path);
}

void write_worker_state(Fs& fs, const std::string& path, const WorkerState& state) {
  write_small_file(
      fs, path,
      fmt::format("pid {}\ngeneration {}\nbegun_reloads {}\nreloads {}\nstarted_at {}\n"
                  "loaded_at {}\nconfig_error {}\npinned_items {}\nlast_error {}\n",
                  state.pid, state.generation, state.begun_reloads, state.reloads,
                  format_instant(state.started_at), format_instant(state.loaded_at),
                  printable(state.config_error), state.pinned_items, printable(state.last_error)));
}

std::optional<RunningWorker> find_worker(Fs& fs, const WorkerSpool& spool) {
  const std::optional<int> pid = lifetime_lock_holder(fs, spool.lock);
  return pid ? std::optional(RunningWorker{*pid, read_state(fs, spool.state, *pid)}) : std::nullopt;
}

std::optional<RunningWorker> find_worker(Fs& fs, const Settings& settings) {
  for (const WorkerSpool& spool : worker_spools(settings)) {
    if (auto worker = find_worker(fs, spool)) {
      return worker;
    }
  }
  return std::nullopt;
}

} // namespace menacedb
