#pragma once

#include "core/base/log.hpp"
#include "core/config/settings.hpp"
#include "core/engine/context.hpp"
#include "core/engine/drain/drain.hpp"
#include "core/engine/make_router.hpp"
#include "core/os/clock.hpp"
#include "core/os/stop.hpp"
#include "tests/support/fault_fs.hpp"
#include "tests/support/temp_dir.hpp"

#include <map>
#include <string>

namespace menacedb::test {

// The real clock, set ahead: a segment has to rest for a second before it may be settled, and no
// test sleeps.
class AheadClock : public SystemClock {
public:
  Instant now() override { return SystemClock::now() + m_ahead; }
  Duration monotonic() override { return SystemClock::monotonic() + m_ahead; }
  void advance(Duration by) { m_ahead += by; }

private:
  Duration m_ahead{};
};

// One installation in a folder: a spool, a shared and a local database with one table each, and
// what is needed to run the engine on them. The tables take duplicates, so that an entry applied
// twice shows.
class Site {
public:
  Site();

  [[nodiscard]] Context context() { return {m_fs, m_clock, m_log, m_stop, m_settings}; }
  [[nodiscard]] FaultFs& fs() noexcept { return m_fs; }
  [[nodiscard]] AheadClock& clock() noexcept { return m_clock; }
  [[nodiscard]] const Router& router() const noexcept { return m_router; }
  [[nodiscard]] std::string path(const std::string& name) const { return m_folder / name; }
  [[nodiscard]] std::string queue_directory() const { return path("queue"); }
  [[nodiscard]] std::string dir_queue() const { return path("dirqueue"); }
  [[nodiscard]] std::string shared_database() const { return path("shared.db"); }
  [[nodiscard]] DrainOptions drain_options() const; // of the row queue into the shared database

  void enqueue(const std::string& table, const std::string& name, bool durable = false);
  void enqueue_sql(const std::string& sql, bool durable = false);
  // As a program that knows nothing of menacedb writes: the text as it is, at the end of the file.
  void append_raw(const std::string& file, const std::string& text);
  // One pass; `in_place` as `sync --watch` does it.
  PassReport drain(bool in_place = false, const std::string& only_table = {});
  // The next drain takes so long for its first claim that it has found itself alone, and groups
  // batches.
  void let_find_alone();
  // Passes, with time going by between them, until nothing is left to decide or to carry out.
  PassReport drain_until_idle();
  void replay();

  // name → how often it is there.
  [[nodiscard]] std::map<std::string, int> rows(const std::string& table = "telemetry");
  [[nodiscard]] std::map<std::string, int> local_rows();
  void execute(const std::string& sql);                      // on the shared database
  [[nodiscard]] std::int64_t count(const std::string& what); // "telemetry WHERE n = 1", of the same
  [[nodiscard]] std::size_t failed_lines();                  // of queue.failed.jsonl
  [[nodiscard]] std::size_t dead_rows(); // of menacedb_dead, neither replayed nor discarded
  [[nodiscard]] std::size_t files_in(const std::string& folder);

private:
  TempDir m_folder;
  FaultFs m_fs;
  AheadClock m_clock;
  Log m_log{LogLevel::error};
  StopFlag m_stop;
  Settings m_settings;
  Router m_router;
};

// A row of one of the tables, as a program that knows nothing of menacedb writes it.
[[nodiscard]] std::string line_for(const std::string& table, const std::string& name);
[[nodiscard]] std::string content_of(const std::string& path);

} // namespace menacedb::test
