#include "core/engine/status/worker_status.hpp"

#include "core/base/error.hpp"
#include "core/engine/places.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

constexpr Bytes k_log_bytes = 4096;
constexpr std::size_t k_log_lines = 5;

std::vector<std::string> read_log(const Context& context) {
  std::vector<std::string> lines;
  const auto file = context.fs.open_if_exists(worker_log_path(context.settings), {});
  const Bytes size = file ? context.fs.stat(*file).size : 0;
  std::string text(std::min(size, k_log_bytes), '\0');
  if (!text.empty()) {
    text.resize(context.fs.read_at(*file, text.data(), text.size(), size - text.size()));
  }
  while (!text.empty() && lines.size() < k_log_lines) {
    text.resize(text.find_last_not_of('\n') + 1);
    const std::size_t begin = text.rfind('\n') + 1; // 0 when there is none
    lines.insert(lines.begin(), text.substr(begin));
    text.resize(begin);
  }
  return lines;
}

} // namespace

WorkerStatus read_worker_status(const Context& context) {
  WorkerStatus status;
  try {
    status.log = read_log(context);
  } catch (const Error& error) {
    status.problems.push_back(
        {"worker-log", error.message(), "menacedb config show worker.log --origin"});
  }
  status.worker = find_worker(context.fs, context.settings);
  if (!status.worker || !status.worker->state) {
    return status;
  }
  const WorkerState& state = *status.worker->state;
  if (!state.config_error.empty()) {
    status.policy_error = state.config_error;
    status.problems.push_back({"reload-refused",
                               fmt::format("the worker kept generation {} of its settings: {}",
                                           state.generation, state.config_error),
                               "menacedb config check"});
  }
  if (!state.pinned_items.empty()) {
    status.problems.push_back(
        {"restart-needed",
         fmt::format("the worker keeps its variables and options over the files for: {}",
                     state.pinned_items),
         "menacedb worker restart"});
  }
  if (!state.last_error.empty()) {
    status.problems.push_back({"worker-fails",
                               fmt::format("the worker's last pass failed: {}", state.last_error),
                               "menacedb worker logs"});
  }
  return status;
}

} // namespace menacedb
