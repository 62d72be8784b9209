#pragma once

#include "core/queue/jsonl_queue.hpp"
#include "core/queue/seal.hpp"
#include "tests/contract/memory_ledger.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fault_fs.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace menacedb::test {

using Ids = std::vector<std::string>;

inline std::string line_of(const std::string& id) {
  return R"({"table":"t","data":{"a":1},"id":")" + id + "\"}\n";
}

// One spool with a queue, a ledger and the files at hand. The clock stands far from the files' real
// times, so that every wait is over, unless a test makes it `young`.
class QueueBench {
public:
  explicit QueueBench(Bytes in_place_below = 0) {
    options.in_place_below = in_place_below;
    std::filesystem::create_directory(path());
  }

  [[nodiscard]] std::string path(const std::string& name = "") const {
    return directory / (name.empty() ? "q" : "q/" + name);
  }
  [[nodiscard]] JsonlQueue& queue() {
    if (!m_queue) {
      m_queue = open();
    }
    return *m_queue;
  }
  [[nodiscard]] std::unique_ptr<JsonlQueue> open() {
    return std::make_unique<JsonlQueue>(fs, clock, log, path(), options);
  }
  // Another process takes over: nothing is remembered.
  void restart() { m_queue.reset(); }

  // As `printf >> file` does.
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::app) << text;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path(name)).rdbuf();
    return text.str();
  }
  [[nodiscard]] std::vector<std::string> names(const std::string& folder) const {
    std::vector<std::string> found;
    if (std::filesystem::exists(path(folder))) {
      for (const auto& entry : std::filesystem::directory_iterator(path(folder))) {
        if (entry.path().extension() == ".jsonl") {
          found.push_back(folder + "/" + entry.path().filename().string());
        }
      }
    }
    std::sort(found.begin(), found.end());
    return found;
  }
  // As if the file had just been changed.
  void make_young(const std::string& name) {
    clock.set_now(fs.stat(path(name)).value().changed_at + std::chrono::milliseconds(10));
  }

  // Claims into `batch`; the ids of the entries, a fault's code in place of a missing id.
  Ids claim(const ClaimLimits& limits = {}) {
    queue().claim(ledger, limits, batch);
    Ids ids;
    for (const Entry& entry : batch.entries) {
      ids.push_back(entry.fault < 0 ? std::string(entry.id) : code_of(entry));
    }
    return ids;
  }
  [[nodiscard]] std::string code_of(const Entry& entry) const {
    return batch.faults.at(static_cast<std::size_t>(entry.fault)).code;
  }
  Ids decide(const ClaimLimits& limits = {}) {
    Ids ids = claim(limits);
    REQUIRE(ledger.decide(batch));
    queue().settle(batch, {});
    return ids;
  }
  Ids drain() {
    Ids all;
    for (;;) {
      const Ids ids = decide();
      if (batch.is_empty()) {
        return all;
      }
      all.insert(all.end(), ids.begin(), ids.end());
    }
  }
  std::size_t sweep() {
    const auto settled = queue().sweep(ledger);
    ledger.fold(settled);
    return settled.size();
  }
  [[nodiscard]] int count_events(const std::string& text) const {
    int count = 0;
    for (auto at = events.find(text); at != std::string::npos; at = events.find(text, at + 1)) {
      ++count;
    }
    return count;
  }

  TempDir directory;
  FaultFs fs;
  FakeClock clock;
  std::string events;
  Log log{LogLevel::warning, LogFormat::kv,
          [this](std::string_view event) { events.append(event); }};
  JsonlQueueOptions options;
  MemoryLedger ledger;
  Batch batch;

private:
  std::unique_ptr<JsonlQueue> m_queue;
};

inline constexpr Bytes k_in_place = 1u << 20;

} // namespace menacedb::test
