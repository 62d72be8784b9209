#include "core/engine/cleanup.hpp"
#include "core/os/file_lock.hpp"
#include "core/os/posix_fs.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>

using namespace menacedb;
using namespace menacedb::test;

namespace {

namespace stdfs = std::filesystem;

constexpr std::string_view k_entry = "5_1767328963123456789_42.json";

using Items = std::map<std::string, std::string>;

// A directory queue and a row queue with files of today, on a clock that tests set ahead: nobody
// can set the time of a file's last change.
class Yard {
public:
  explicit Yard(Items more = {}) : m_settings(load(std::move(more))) {
    for (const char* folder : {"dir/pending", "dir/processing", "dir/completed", "dir/failed",
                               "dir/.tmp", "queue/sealed"}) {
      stdfs::create_directories(m_folder / folder);
    }
  }

  [[nodiscard]] std::string path(const std::string& name) const { return m_folder / name; }
  [[nodiscard]] PosixFs& fs() noexcept { return m_fs; }
  [[nodiscard]] FakeClock& clock() noexcept { return m_clock; }

  void make(const std::string& name, std::size_t size = 2) {
    std::ofstream(path(name)) << std::string(size, 'x');
  }
  void make_large(const std::string& name, std::uintmax_t size) {
    make(name);
    stdfs::resize_file(path(name), size);
  }
  void link(const std::string& to, const std::string& name) {
    stdfs::create_symlink(path(to), path(name));
  }
  CleanupResult clean(std::string_view action, CleanupOptions options = {}) {
    const auto all = cleanup_actions();
    const auto found = std::ranges::find(all, action, &CleanupAction::name);
    REQUIRE(found != all.end());
    return found->run({m_fs, m_clock, m_log, m_stop, m_settings}, options);
  }
  // Name → size of everything there is.
  [[nodiscard]] std::map<std::string, std::uintmax_t> files() const {
    std::map<std::string, std::uintmax_t> found;
    for (const auto& entry : stdfs::recursive_directory_iterator(m_folder.path())) {
      if (entry.is_symlink() || entry.is_regular_file()) {
        found[stdfs::relative(entry.path().parent_path(), m_folder.path()) /
              entry.path().filename()] = entry.is_symlink() ? 0 : entry.file_size();
      }
    }
    return found;
  }
  [[nodiscard]] bool has(const std::string& name) const { return files().contains(name); }
  [[nodiscard]] std::string archive_of(const std::string& name) {
    const std::string date = format_instant(m_fs.stat(path(name)).value().changed_at).substr(0, 10);
    return "dir/archive/" + date;
  }

private:
  Settings load(Items flags) {
    flags.emplace("queue.dir", m_folder / "queue");
    flags.emplace("dir_queue.dir", m_folder / "dir");
    flags.emplace("databases.shared", m_folder / "shared.db");
    flags.emplace("worker.max_log", "1KiB");
    ConfigSources sources;
    sources.flags = std::move(flags);
    sources.system_directory = m_folder / "etc";
    return Settings::load(m_fs, sources);
  }

  TempDir m_folder;
  PosixFs m_fs;
  FakeClock m_clock{std::chrono::floor<Duration>(std::chrono::system_clock::now())};
  Log m_log{LogLevel::error};
  StopFlag m_stop;
  Settings m_settings;
};

std::string in(const std::string& folder, std::string_view name = k_entry) {
  return folder + "/" + std::string(name);
}

} // namespace

TEST_CASE("applied entries go to the archive of their day when they are old enough") {
  Yard yard;
  yard.make(in("dir/completed"), 7);
  yard.clock().advance(std::chrono::hours(23));
  CHECK(yard.clean("archive").items == 0);
  CHECK(yard.has(in("dir/completed")));
  const std::string archive = yard.archive_of(in("dir/completed"));
  yard.clock().advance(std::chrono::hours(2));
  const CleanupResult result = yard.clean("archive");
  CHECK(result.items == 1);
  CHECK(result.bytes == 7);
  CHECK_FALSE(yard.has(in("dir/completed")));
  CHECK(yard.has(in(archive)));
  CHECK(yard.clean("archive").items == 0);
}

TEST_CASE("a clock that went back archives and deletes nothing") {
  Yard yard;
  yard.make(in("dir/completed"));
  yard.make(in("dir/failed"));
  yard.clock().set_now(yard.clock().now() - std::chrono::hours(100000));
  CHECK(yard.clean("archive").items == 0);
  CHECK(yard.clean("purge-failed").items == 0);
}

TEST_CASE("an archived entry does not replace another of its name") {
  Yard yard;
  yard.make(in("dir/completed"), 9);
  const std::string archive = yard.archive_of(in("dir/completed"));
  stdfs::create_directories(yard.path(archive));
  yard.make(in(archive), 1);
  yard.clock().advance(std::chrono::minutes(1));
  CHECK(yard.clean("archive", {.age = Duration::zero()}).items == 1);
  CHECK(yard.files().at(in(archive)) == 1);
  CHECK_FALSE(yard.has(in("dir/completed")));
  CHECK(yard.files().size() == 2);
}

TEST_CASE("archived entries are packed on request and a repeat after a crash packs them once") {
  Yard yard(Items{{"retention.compress", "true"}});
  yard.clock().advance(std::chrono::hours(1));
  for (int round = 0; round < 2; ++round) { // the second finds what a crash leaves behind
    yard.make(in("dir/completed"), 100000);
    const std::string packed = in(yard.archive_of(in("dir/completed"))) + ".zst";
    CHECK(yard.clean("archive", {.age = Duration::zero()}).items == 1);
    CHECK_FALSE(yard.has(in("dir/completed")));
    CHECK(yard.files().size() == 1);
    CHECK(yard.files().at(packed) < 1000);
    CHECK(read_file(yard.fs(), yard.path(packed), 1000).starts_with("\x28\xb5\x2f\xfd"));
  }
  yard.make(in("dir/completed"), 5); // another entry of the same name
  CHECK(yard.clean("archive", {.age = Duration::zero()}).items == 1);
  CHECK(yard.files().size() == 2);
}

TEST_CASE("failed entries are deleted after seven days or seven times the hours") {
  Yard yard;
  const std::string large = in("dir/failed", "1_1767328963123456789_1.json");
  yard.make(in("dir/failed"), 10);
  yard.make(large, 10);
  yard.make(large + ".oversized", 10);
  yard.clock().advance(std::chrono::hours(167));
  CHECK(yard.clean("purge-failed").items == 0);
  CHECK(yard.clean("purge-failed", {.age = std::chrono::hours(24)}).items == 0);
  CHECK(yard.clean("purge-failed", {.is_dry_run = true, .age = std::chrono::hours(23)}).items == 3);
  yard.clock().advance(std::chrono::hours(2));
  const CleanupResult result = yard.clean("purge-failed");
  CHECK(result.items == 3);
  CHECK(result.bytes == 30);
  CHECK(yard.files().empty());
}

TEST_CASE("claims of a dead drain go back and those of a living one stay") {
  Yard yard;
  yard.make(in("dir/processing"));
  {
    const auto lock = FileLock::try_acquire(yard.fs(), yard.clock(), yard.path("dir/.lock"));
    REQUIRE(lock);
    const CleanupResult result = yard.clean("recover");
    CHECK(result.items == 0);
    CHECK(result.notes.size() == 1);
    CHECK(yard.has(in("dir/processing")));
  }
  CHECK(yard.clean("recover").items == 1);
  CHECK(yard.has(in("dir/pending")));
  CHECK_FALSE(yard.has(in("dir/processing")));
}

TEST_CASE("logs are rotated when they are large and deleted when they are old") {
  Yard yard;
  yard.make("dir/worker.log", 1000);
  CHECK(yard.clean("rotate").items == 0);
  yard.make("dir/worker.log", 2000);
  yard.make_large("queue/queue.log.bak", (64u << 20) + 1);
  CHECK(yard.clean("rotate").items == 2);
  CHECK(yard.has("dir/worker.log.1"));
  CHECK_FALSE(yard.has("dir/worker.log"));
  CHECK_FALSE(yard.has("queue/queue.log.bak"));
  yard.make("queue/queue.log.bak.mine");
  yard.clock().advance(std::chrono::hours(24 * 8));
  CHECK(yard.clean("rotate").items == 1);
  CHECK_FALSE(yard.has("dir/worker.log.1"));
  yard.clock().advance(std::chrono::hours(24 * 23));
  CHECK(yard.clean("rotate").items == 1);
  CHECK(yard.has("queue/queue.log.bak.mine"));
}

TEST_CASE("the flat archive is not rotated under a drain") {
  Yard yard;
  yard.make_large("queue/queue.log.bak", (64u << 20) + 1);
  const auto lock =
      FileLock::try_acquire(yard.fs(), yard.clock(), yard.path("queue/sealed/.drain.lock"));
  REQUIRE(lock);
  CHECK(yard.clean("rotate").items == 0);
  CHECK(yard.has("queue/queue.log.bak"));
}

TEST_CASE("temporary files go when they are ours and an hour old") {
  Yard yard;
  yard.make(in("dir/.tmp"));
  yard.make(in("dir/.tmp") + ".rewrite");
  yard.make(in("dir/.tmp") + ".0a1b2c3d");
  yard.make("queue/.queue.failed.jsonl.0123456789ab.tmp");
  yard.make("queue/sealed/..spool.0123456789ab.tmp");
  for (const char* name :
       {"dir/.tmp/mine.json", "dir/.tmp/notes", "queue/.mine.tmp", "queue/mine.0123456789ab.tmp",
        "queue/..0123456789ab.tmp", "queue/.a.0123456789AB.tmp", "queue/alpha.jsonl"}) {
    yard.make(name);
  }
  yard.clock().advance(std::chrono::minutes(59));
  CHECK(yard.clean("temp").items == 0);
  yard.clock().advance(std::chrono::minutes(2));
  CHECK(yard.clean("temp").items == 5);
  CHECK(yard.files().size() == 7);
}

TEST_CASE("symbolic links and folders and foreign names are left alone by every kind") {
  Yard yard;
  yard.make("precious");
  for (const char* folder : {"dir/completed", "dir/failed", "dir/processing", "dir/.tmp"}) {
    yard.link("precious", in(folder));
    stdfs::create_directory(yard.path(in(folder, "6_1767328963123456789_1.json")));
    yard.make(in(folder, "notes.json"));
  }
  yard.make_large("large", (64u << 20) + 1);
  yard.link("large", "dir/worker.log");
  yard.link("large", "dir/worker.log.1");
  yard.link("large", "queue/queue.log.bak");
  yard.link("large", "queue/queue.log.bak.20200101_000000");
  yard.link("large", "queue/.a.0123456789ab.tmp");
  const auto before = yard.files();
  yard.clock().advance(std::chrono::hours(24 * 365));
  for (const char* kind : {"archive", "purge-failed", "recover", "rotate", "temp"}) {
    CHECK(yard.clean(kind).items == 0);
  }
  auto after = yard.files();
  after.erase("dir/.lock");
  CHECK(after == before);
}

TEST_CASE("a dry run changes nothing and lists what the real run does") {
  Yard yard;
  for (int i = 0; i < 20; ++i) {
    for (const char* folder : {"dir/completed", "dir/failed", "dir/processing", "dir/.tmp"}) {
      yard.make(in(folder, "5_1767328963123456789_" + std::to_string(i) + ".json"), 10);
    }
  }
  yard.make("dir/worker.log", 2000);
  yard.make("dir/worker.log.3", 20);
  yard.make_large("queue/queue.log.bak", (64u << 20) + 1);
  yard.clock().advance(std::chrono::hours(24 * 365));
  const auto before = yard.files();
  for (const char* kind : {"archive", "purge-failed", "recover", "rotate", "temp"}) {
    const CleanupResult planned = yard.clean(kind, {.is_dry_run = true, .lists_files = true});
    CHECK(planned.files.size() == planned.items);
    CHECK(planned.items == (kind == std::string_view("rotate") ? 3 : 20));
  }
  CHECK(yard.files() == before);
  for (const char* kind : {"archive", "purge-failed", "recover", "rotate", "temp"}) {
    const CleanupResult planned = yard.clean(kind, {.is_dry_run = true, .lists_files = true});
    const CleanupResult done = yard.clean(kind, {.lists_files = true});
    CHECK(done.files == planned.files);
    CHECK(done.bytes == planned.bytes);
  }
}

TEST_CASE("an installation without queues has nothing to clean") {
  Yard yard;
  stdfs::remove_all(yard.path("dir"));
  stdfs::remove_all(yard.path("queue"));
  for (const char* kind : {"archive", "purge-failed", "recover", "rotate", "temp"}) {
    CHECK(yard.clean(kind).items == 0);
  }
  CHECK(yard.files().empty());
  CHECK_FALSE(stdfs::exists(yard.path("dir")));
}
