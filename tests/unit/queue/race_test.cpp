// Producers of all manners race a drain that seals all the time and removes idle files: no line may
// be lost, doubled or glued to another one.
#include "core/queue/appender.hpp"
#include "core/queue/idle_lanes.hpp"
#include "tests/support/child.hpp"
#include "tests/unit/queue/queue_bench.hpp"

#include <fmt/format.h>

#include <sys/file.h>

#include <fcntl.h>
#include <functional>
#include <map>
#include <unistd.h>

using namespace menacedb;
using menacedb::test::line_of;
using menacedb::test::QueueBench;

namespace {

constexpr int k_lines = 200;
constexpr std::string_view k_producers = "abcd";

void expect(bool is_true) {
  if (!is_true) {
    throw std::runtime_error("a system call failed");
  }
}

void write_line(int descriptor, const std::string& line) {
  expect(::write(descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
}

int open_append(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  expect(descriptor >= 0);
  return descriptor;
}

std::string id_of(char producer, int i) {
  return fmt::format("{}{}", producer, i);
}

// `printf >> file`: open, write, close.
void produce_by_redirection(const std::string& path) {
  for (int i = 0; i < k_lines; ++i) {
    const int descriptor = open_append(path);
    write_line(descriptor, line_of(id_of('a', i)));
    ::close(descriptor);
  }
}

// The old router: locks, unlocks, and only then writes.
void produce_with_released_lock(const std::string& path) {
  for (int i = 0; i < k_lines; ++i) {
    const int descriptor = open_append(path);
    expect(::flock(descriptor, LOCK_EX) == 0);
    expect(::flock(descriptor, LOCK_UN) == 0);
    ::usleep(static_cast<useconds_t>(i % 7) * 100);
    write_line(descriptor, line_of(id_of('b', i)));
    ::close(descriptor);
  }
}

// A logger that keeps its file open for a long time and knows no lock.
void produce_with_open_file(const std::string& path) {
  int descriptor = open_append(path);
  for (int i = 0; i < k_lines; ++i) {
    write_line(descriptor, line_of(id_of('c', i)));
    if (i % 50 == 49) {
      ::close(descriptor);
      descriptor = open_append(path);
    }
  }
  ::close(descriptor);
}

void produce_with_appender(const std::string& spool_path) {
  PosixFs fs;
  SystemClock clock;
  Spool spool(fs, clock, spool_path);
  Appender appender(fs, spool, {"alpha", 5});
  for (int i = 0; i < k_lines; ++i) {
    appender.append(line_of(id_of('d', i)), false);
  }
}

// A producer in a process of its own, which leaves a file when it is done.
test::Child start(QueueBench& bench, char name, const std::function<void()>& produce) {
  const std::string done = bench.directory / fmt::format("done-{}", name);
  return test::Child([produce, done] {
    produce();
    ::close(open_append(done));
  });
}

bool are_done(const QueueBench& bench) {
  return std::all_of(k_producers.begin(), k_producers.end(), [&](char name) {
    return std::filesystem::exists(bench.directory / fmt::format("done-{}", name));
  });
}

// Retention at its worst: a queue file goes as soon as it is empty.
void retire_empty_lanes(QueueBench& bench) {
  Spool spool(bench.fs, bench.clock, bench.path());
  LaneRetirer retirer(bench.fs, spool);
  for (const IdleLane& idle : find_idle_lanes(bench.fs, spool)) {
    (void)retirer.retire(idle);
  }
  retirer.sync();
}

} // namespace

TEST_CASE("producers of all manners race a sealing drain and every line arrives once") {
  for (const Bytes in_place_below : {Bytes{0}, Bytes{4096}}) {
    QueueBench bench(in_place_below);
    const std::string path = bench.path("alpha.jsonl");
    std::vector<test::Child> producers;
    producers.push_back(start(bench, 'a', [&] { produce_by_redirection(path); }));
    producers.push_back(start(bench, 'b', [&] { produce_with_released_lock(path); }));
    producers.push_back(start(bench, 'c', [&] { produce_with_open_file(path); }));
    producers.push_back(start(bench, 'd', [&] { produce_with_appender(bench.path()); }));

    std::map<std::string, int> seen;
    for (int round = 0, rounds_after = 0; round < 1'000'000 && rounds_after < 3; ++round) {
      rounds_after += are_done(bench) ? 1 : 0;
      for (const std::string& id : bench.drain()) {
        ++seen[id];
      }
      retire_empty_lanes(bench);
      (void)bench.sweep();
    }
    for (test::Child& producer : producers) {
      CHECK(producer.wait() == test::Ended{});
    }
    CHECK(seen.size() == k_producers.size() * k_lines);
    for (const auto& [id, times] : seen) {
      CAPTURE(id);
      CHECK(times == 1);
    }
    CHECK(bench.count_events("segment-rewritten") == 0);
  }
}
