// The race of SQLite's WAL-reset fault (DESIGN: traps): a program that knows no lock of ours
// commits, and by that resets the WAL, while processes of ours commit and checkpoint. Every
// acknowledged row must be there at the end, in a sound database.
//
// MENACEDB_RACE_SECONDS: how long (5 by default; the target wal_reset_race_long sets more).
// MENACEDB_RACE_UNGUARDED=1: our processes checkpoint as SQLite does by itself, with our lock but
// without its write lock: the test then fails wherever the fault shows.
#include "core/db/checkpoint.hpp"
#include "core/db/transaction.hpp"
#include "core/db/writer_lock.hpp"
#include "core/os/posix_fs.hpp"
#include "tests/support/child.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

using namespace menacedb;
using namespace menacedb::test;

namespace {

constexpr int k_foreign_writers = 1;
constexpr int k_own_processes = 3;
constexpr int k_checkpoints_per_turn = 50;

struct Race {
  TempDir directory;
  std::string path = directory / "race.db";
  std::chrono::seconds length{5};
  bool is_guarded = true;

  [[nodiscard]] std::string report(int writer) const {
    return directory / fmt::format("acknowledged.{}", writer);
  }
};

Duration now() {
  return SystemClock().monotonic();
}

// What a writer was told is committed, for the parent to compare.
void acknowledge(const Race& race, int writer, std::int64_t rows) {
  std::ofstream(race.report(writer)) << rows << '\n';
}

std::int64_t acknowledged(const Race& race, int writer) {
  std::int64_t rows = -1;
  std::ifstream(race.report(writer)) >> rows;
  return rows;
}

// Rows of changing size, so that commits take one to some dozens of pages.
std::string insert_rows(int writer, std::int64_t first, std::int64_t count) {
  return fmt::format("INSERT INTO t (writer, number, filler) "
                     "WITH RECURSIVE n(i) AS (SELECT {1} UNION ALL SELECT i + 1 FROM n "
                     "WHERE i + 1 < {1} + {2}) "
                     "SELECT {0}, i, randomblob(50 + i * 37 % 900) FROM n",
                     writer, first, count);
}

std::int64_t rows_of_commit(std::int64_t commit) {
  return 1 + commit * 7 % 23;
}

// --- the foreign program: SQLite alone ---

int wait_a_little(void*, int attempt) {
  ::usleep(50 + static_cast<unsigned>(attempt % 7) * 40);
  return 1;
}

void foreign(sqlite3* db, const std::string& sql) {
  if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error(fmt::format("foreign writer: {}", sqlite3_errmsg(db)));
  }
}

void run_foreign_writer(const Race& race, int writer) {
  sqlite3* db = nullptr;
  if (sqlite3_open(race.path.c_str(), &db) != SQLITE_OK) {
    throw std::runtime_error("foreign writer: cannot open");
  }
  sqlite3_busy_handler(db, wait_a_little, nullptr);
  foreign(db, "PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF");
  std::int64_t rows = 0;
  const Duration end = now() + race.length;
  for (std::int64_t commit = 0; now() < end; ++commit) {
    const std::int64_t count = rows_of_commit(commit);
    foreign(db, "BEGIN IMMEDIATE; " + insert_rows(writer, rows, count) + "; COMMIT");
    rows += count;
  }
  acknowledge(race, writer, rows);
  // As after a kill: a close here would checkpoint, which is not what is tested.
}

// --- our processes: writer lock, commit, checkpoint ---

class OwnProcess {
public:
  OwnProcess(const Race& race, int writer) : m_race(race), m_writer(writer) {
    // The race is about order, not about the disk: without syncs it is run more often.
    m_guard.execute("PRAGMA synchronous = OFF");
    m_worker.execute("PRAGMA synchronous = OFF");
  }

  void run() {
    std::int64_t rows = 0;
    const Duration end = now() + m_race.length;
    for (std::int64_t turn = 0; now() < end; ++turn) {
      const WriterLock lock(m_fs, m_clock, m_race.path, std::chrono::seconds(60), m_stop);
      rows += commit(rows, rows_of_commit(turn));
      for (int i = 0; i < k_checkpoints_per_turn && now() < end; ++i) {
        checkpoint_once(turn + i);
      }
    }
    acknowledge(m_race, m_writer, rows);
  }

private:
  std::int64_t commit(std::int64_t first, std::int64_t count) {
    Transaction transaction(m_worker);
    m_worker.execute(insert_rows(m_writer, first, count));
    transaction.commit();
    return count;
  }

  void checkpoint_once(std::int64_t turn) {
    if (!m_race.is_guarded) {
      sqlite3_wal_checkpoint_v2(m_worker.handle(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr,
                                nullptr);
      return;
    }
    constexpr std::array modes = {CheckpointMode::passive, CheckpointMode::truncate,
                                  CheckpointMode::passive, CheckpointMode::restart,
                                  CheckpointMode::full};
    const auto mode = modes.at(static_cast<std::size_t>(turn) % modes.size());
    (void)checkpoint(m_guard, m_worker, mode); // blocked by the other writer is fine
  }

  const Race& m_race;
  int m_writer;
  SystemClock m_clock;
  StopFlag m_stop;
  PosixFs m_fs;
  Database m_guard{m_race.path, {.busy_timeout = std::chrono::seconds(60)}, m_clock, m_stop};
  Database m_worker{m_race.path, {.busy_timeout = std::chrono::seconds(60)}, m_clock, m_stop};
};

void create_table(const Race& race) {
  SystemClock clock;
  const StopFlag stop;
  Database database(race.path, {.create = true}, clock, stop);
  database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, writer, number, filler);"
                   "CREATE UNIQUE INDEX i ON t (writer, number)");
}

void check_rows(const Race& race, int writers) {
  SystemClock clock;
  const StopFlag stop;
  Database database(race.path, {}, clock, stop);
  CHECK(database.query_text("PRAGMA integrity_check") == "ok");
  std::int64_t all = 0;
  for (int writer = 0; writer < writers; ++writer) {
    const std::int64_t rows = acknowledged(race, writer);
    all += rows;
    CHECK_MESSAGE(rows > 0, "writer ", writer);
    CHECK_MESSAGE(database.query_integer(
                      fmt::format("SELECT count(*) FROM t WHERE writer = {}", writer)) == rows,
                  "writer ", writer);
  }
  CHECK(database.query_integer("SELECT count(*) FROM t NOT INDEXED") == all);
}

void read_environment(Race& race) {
  if (const char* seconds = std::getenv("MENACEDB_RACE_SECONDS")) {
    race.length = std::chrono::seconds(std::atoi(seconds));
  }
  race.is_guarded = std::getenv("MENACEDB_RACE_UNGUARDED") == nullptr;
}

} // namespace

TEST_CASE("commits of a foreign program survive our checkpoints") {
  Race race;
  read_environment(race);
  run_in_child([&] { create_table(race); });
  std::vector<Child> children;
  int writer = 0;
  for (; writer < k_foreign_writers; ++writer) {
    children.emplace_back([&] { run_foreign_writer(race, writer); });
  }
  for (; writer < k_foreign_writers + k_own_processes; ++writer) {
    children.emplace_back([&] { OwnProcess(race, writer).run(); });
  }
  for (Child& child : children) {
    CHECK(child.wait() == Ended{});
  }
  check_rows(race, writer);
}
