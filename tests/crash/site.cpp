#include "tests/crash/site.hpp"

#include "core/db/database.hpp"
#include "core/engine/drain/drains.hpp"
#include "core/engine/enqueue/enqueue.hpp"
#include "core/engine/enqueue/enqueue_sql.hpp"
#include "core/engine/replay/replay.hpp"
#include "core/engine/replay/replay_dir.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace menacedb::test {
namespace {

Settings settings_for(Fs& fs, const TempDir& folder) {
  ConfigSources sources;
  sources.flags = {{"queue.dir", folder / "queue"},
                   {"dir_queue.dir", folder / "dirqueue"},
                   {"databases.shared", folder / "shared.db"},
                   {"databases.local", folder / "local_<id>.db"},
                   {"sync.batch_bytes", "64KiB"}, // several of them make a group soon
                   {"instance.id", "alpha"}};
  sources.system_directory = folder / "etc";
  return Settings::load(fs, sources);
}

std::map<std::string, int> count_names(Context context, const std::string& path,
                                       const std::string& table) {
  std::map<std::string, int> counts;
  Database database(path, {}, context.clock, context.stop);
  Statement statement = database.prepare("SELECT name FROM " + table);
  while (statement.step()) {
    ++counts[std::string(statement.text(0))];
  }
  return counts;
}

} // namespace

Site::Site() : m_settings(settings_for(m_fs, m_folder)), m_router(make_router(m_settings)) {
  std::filesystem::create_directory(queue_directory());
  execute("CREATE TABLE telemetry(name TEXT, n INTEGER);"
          "CREATE TABLE bots(name TEXT, n INTEGER);");
  Database local(path("local_alpha.db"), {.create = true}, m_clock, m_stop);
  local.execute("CREATE TABLE memory(name TEXT, n INTEGER)");
}

void Site::execute(const std::string& sql) {
  Database database(shared_database(), {.create = true}, m_clock, m_stop);
  database.execute(sql);
}

std::int64_t Site::count(const std::string& what) {
  Database database(shared_database(), {}, m_clock, m_stop);
  return database.query_integer("SELECT count(*) FROM " + what);
}

DrainOptions Site::drain_options() const {
  DrainOptions options;
  options.queue_directories = {queue_directory()};
  options.database = shared_database();
  return options;
}

void Site::enqueue(const std::string& table, const std::string& name, bool durable) {
  EnqueueOptions options;
  options.table = table;
  options.durable = durable;
  static_cast<void>(
      Enqueuer(context(), m_router, options).enqueue(R"({"name": ")" + name + R"(", "n": 1})"));
}

void Site::enqueue_sql(const std::string& sql, bool durable) {
  SqlEnqueueOptions options;
  options.durable = durable;
  static_cast<void>(SqlEnqueuer(context(), options).enqueue(sql));
}

void Site::append_raw(const std::string& file, const std::string& text) {
  std::ofstream(queue_directory() + "/" + file, std::ios::app) << text;
}

PassReport Site::drain(bool in_place, const std::string& only_table) {
  DrainOptions options = drain_options();
  options.decides_in_place = in_place;
  options.table = only_table;
  DrainsOptions all;
  all.rows = options;
  if (only_table.empty()) {
    all.dir = dir_drain_options(m_settings);
  }
  return Drains(context(), m_router, all).pass();
}

void Site::let_find_alone() {
  m_fs.call_at(Step::claim_read, [this] { m_clock.advance(std::chrono::milliseconds(200)); });
}

PassReport Site::drain_until_idle() {
  PassReport sum;
  for (int pass = 0; pass < 20; ++pass) {
    m_clock.advance(std::chrono::seconds(10));
    const PassReport report = drain();
    sum.applied += report.applied;
    sum.duplicates += report.duplicates;
    sum.failed += report.failed;
    sum.remaining = report.remaining;
    if (report.remaining == 0 && files_in("queue/sealed") == 0 &&
        report.applied + report.duplicates + report.failed == 0) {
      break;
    }
  }
  return sum;
}

void Site::replay() {
  static_cast<void>(replay_dead_letters(context(), queue_directory(), shared_database(), {}));
  static_cast<void>(replay_dir(context(), dir_queue(), {}));
}

std::map<std::string, int> Site::rows(const std::string& table) {
  return count_names(context(), shared_database(), table);
}

std::map<std::string, int> Site::local_rows() {
  return count_names(context(), path("local_alpha.db"), "memory");
}

std::size_t Site::failed_lines() {
  std::ifstream file(queue_directory() + "/queue.failed.jsonl");
  std::size_t lines = 0;
  for (std::string line; std::getline(file, line);) {
    ++lines;
  }
  return lines;
}

std::size_t Site::dead_rows() {
  Database database(shared_database(), {}, m_clock, m_stop);
  return static_cast<std::size_t>(
      database.query_integer("SELECT count(*) FROM menacedb_dead WHERE state = 'dead'"));
}

std::size_t Site::files_in(const std::string& folder) {
  std::error_code missing;
  std::filesystem::directory_iterator files(path(folder), missing);
  return static_cast<std::size_t>(std::count_if(begin(files), end(files), [](const auto& file) {
    return !file.path().filename().string().starts_with('.');
  }));
}

std::string line_for(const std::string& table, const std::string& name) {
  return R"({"table": ")" + table + R"(", "data": {"name": ")" + name + R"(", "n": 1}})" + "\n";
}

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

} // namespace menacedb::test
