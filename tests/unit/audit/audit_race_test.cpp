// Sixteen processes write, rotate and are killed at random: no line that was acknowledged may be
// lost or stand there twice, none may be torn by another, and the chain must hold.
#include "core/os/clock.hpp"
#include "tests/support/child.hpp"
#include "tests/unit/audit/audit_bench.hpp"
#include "tests/unit/audit/chain_check.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <signal.h>
#include <unistd.h>

using namespace menacedb;
using menacedb::test::AuditBench;
using menacedb::test::ChainCheck;
using menacedb::test::Child;

namespace {

constexpr unsigned k_writers = 16;
constexpr unsigned k_most_lines = 100'000; // of one writer; it is killed long before

struct Race {
  AuditBench bench;
  AuditOptions options = bench.options();
  std::string acknowledged = bench.dir / "acknowledged";
  unsigned lives = 0;

  // Each line is its own table; its name is acknowledged, in a file of its own, after the append.
  void write(unsigned life) const {
    PosixFs fs;
    SystemClock clock;
    AuditLog log(fs, clock, options);
    const int ack = ::open(acknowledged.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    for (unsigned i = 0; i < k_most_lines; ++i) {
      const std::string table = fmt::format("t{}-{}", life, i);
      const AuditEntry entry{"alpha", table, "write", clock.now(), i};
      log.append({&entry, 1});
      const std::string line = table + "\n";
      if (::write(ack, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        throw std::runtime_error("cannot acknowledge");
      }
    }
  }
  std::unique_ptr<Child> start() {
    const unsigned life = lives++;
    return std::make_unique<Child>([this, life] { write(life); });
  }
  [[nodiscard]] std::size_t acknowledged_bytes() const {
    std::error_code none;
    const auto size = std::filesystem::file_size(acknowledged, none);
    return none ? 0 : size;
  }

  // Kills one writer after another, and starts another in its place, until enough is written.
  void run(std::size_t bytes) {
    std::mt19937 random(7);
    std::vector<std::unique_ptr<Child>> writers;
    for (unsigned i = 0; i < k_writers; ++i) {
      writers.push_back(start());
    }
    while (acknowledged_bytes() < bytes) {
      std::unique_ptr<Child>& victim = writers[random() % k_writers];
      ::usleep(static_cast<useconds_t>(random() % 20'000));
      victim->kill(SIGKILL);
      CHECK(victim->wait() == menacedb::test::Ended{0, SIGKILL});
      victim = start();
    }
    for (const auto& writer : writers) {
      writer->kill(SIGKILL);
      writer->wait();
    }
  }

  // The generations, oldest first.
  [[nodiscard]] std::vector<std::string> files() const {
    std::map<int, std::string, std::greater<>> found;
    for (const auto& entry : std::filesystem::directory_iterator(bench.dir.path())) {
      const std::string name = entry.path().filename();
      if (name == "audit.log") {
        found[0] = entry.path();
      } else if (name.starts_with("audit.log.")) {
        found[std::stoi(name.substr(10))] = entry.path();
      }
    }
    std::vector<std::string> paths;
    for (const auto& [generation, path] : found) {
      paths.push_back(path);
    }
    return paths;
  }

  struct Found {
    std::map<std::string, unsigned> tables;
    unsigned torn = 0;
    unsigned odd = 0; // neither whole nor the beginning of a line
  };
  [[nodiscard]] Found read() const {
    Found found;
    for (const std::string& path : files()) {
      std::istringstream lines(bench.read(path));
      for (std::string line; std::getline(lines, line);) {
        add(line, found);
      }
    }
    return found;
  }
  static void add(const std::string& line, Found& found) {
    const std::string start = R"({"menace_id": "alpha", "table_name": ")";
    const bool is_whole = line.starts_with(start) && line.ends_with("}");
    if (is_whole && line.find(start, 1) == std::string::npos) {
      ++found.tables[line.substr(start.size(), line.find('"', start.size()) - start.size())];
    } else if (line.find(start, 1) == std::string::npos) {
      ++(line.starts_with(start) || start.starts_with(line) ? found.torn : found.odd);
    } else {
      ++found.torn; // glued to a fragment, and written again behind it
    }
  }

  void check_all_there(const Found& found) const {
    std::istringstream lines(bench.read(acknowledged));
    std::size_t lost = 0;
    std::size_t doubled = 0;
    for (std::string table; std::getline(lines, table);) {
      const auto line = found.tables.find(table);
      lost += line == found.tables.end() ? 1 : 0;
      doubled += line != found.tables.end() && line->second != 1 ? 1 : 0;
    }
    CHECK(lost == 0);
    CHECK(doubled == 0);
    CHECK(found.odd == 0);
  }
};

} // namespace

TEST_CASE("sixteen writers that rotate and are killed lose no line and tear none") {
  Race race;
  race.options.max_bytes = 64u << 10;
  race.options.backups = 10'000;
  race.run(1'000'000);
  const Race::Found found = race.read();
  race.check_all_there(found);
  CHECK(found.torn <= race.lives); // only where a writer was killed in the middle of a write
  CHECK(race.files().size() > 10);
}

TEST_CASE("sixteen writers of a chain that rotate and are killed keep it whole") {
  Race race;
  race.options.chain = true;
  race.options.max_bytes = 32u << 10;
  race.options.backups = 10'000;
  race.run(150'000);
  {
    SystemClock clock;
    AuditLog log(race.bench.fs, clock, race.options); // cuts what the last one killed left torn
    const AuditEntry entry{"alpha", "last", "write", clock.now(), std::nullopt};
    log.append({&entry, 1});
  }
  const Race::Found found = race.read();
  race.check_all_there(found);
  CHECK(found.torn == 0);
  ChainCheck check;
  for (const std::string& path : race.files()) {
    CHECK(check.file(race.bench.read(path)) == "");
  }
  CHECK(check.lines >= found.tables.size());
  CHECK(race.files().size() > 5);
}
