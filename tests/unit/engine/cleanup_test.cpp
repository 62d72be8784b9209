#include "core/os/file_lock.hpp"
#include "tests/unit/engine/cleanup_yard.hpp"

using namespace menacedb;
using namespace menacedb::test;

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

TEST_CASE("archived entries of all queues go by their age and empty days go with them") {
  Yard yard;
  stdfs::create_directories(yard.path("dir/archive/2026-01-01"));
  stdfs::create_directories(yard.path("dir/archive/mine"));
  stdfs::create_directories(yard.path("queue/archive"));
  yard.make(in("dir/archive/2026-01-01"));
  yard.make(in("dir/archive/2026-01-01") + ".zst");
  yard.make(in("dir/archive/mine"));
  yard.make("queue/archive/66f1c2d3a4b5c6d7.42.alpha.jsonl");
  yard.make("queue/archive/notes.txt");
  yard.clock().advance(std::chrono::hours(24 * 29));
  CHECK(yard.clean("purge-archive").items == 0);
  yard.clock().advance(std::chrono::hours(24 * 2));
  CHECK(yard.clean("purge-archive").items == 3);
  CHECK(yard.has(in("dir/archive/mine")));
  CHECK(yard.has("queue/archive/notes.txt"));
  CHECK_FALSE(stdfs::exists(yard.path("dir/archive/2026-01-01")));
}

TEST_CASE("limits of count and size hold for the directory queue") {
  Yard yard(Items{{"retention.completed", "count=3"}, {"retention.failed", "size=25"}});
  for (int i = 0; i < 9; ++i) {
    for (const char* folder : {"dir/completed", "dir/failed"}) {
      yard.make(in(folder, "5_1767328963123456789_" + std::to_string(i) + ".json"), 10);
    }
  }
  CHECK(yard.clean("archive").items == 6);
  CHECK(yard.clean("purge-failed").items == 7);
  CHECK(yard.clean("archive").items == 0);
  CHECK(yard.clean("purge-failed").items == 0);
}

TEST_CASE("queue files that nobody uses are taken away") {
  Yard yard;
  yard.make("queue/alpha.jsonl", 0);
  yard.make("queue/beta.jsonl", 10);
  yard.clock().advance(std::chrono::hours(24 * 6));
  CHECK(yard.clean("idle-segments").items == 0);
  yard.clock().advance(std::chrono::hours(24 * 2));
  CHECK(yard.clean("idle-segments", {.is_dry_run = true}).items == 1);
  CHECK(yard.has("queue/alpha.jsonl"));
  CHECK(yard.clean("idle-segments").items == 1);
  CHECK_FALSE(yard.has("queue/alpha.jsonl"));
  CHECK(yard.has("queue/beta.jsonl"));
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
  for (const CleanupAction& action : cleanup_actions()) {
    CHECK(yard.clean(action.name).items == 0);
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
  yard.make("dir/worker.log.4", 20);
  stdfs::last_write_time(yard.path("dir/worker.log.4"),
                         stdfs::file_time_type::clock::now() + std::chrono::hours(24 * 365));
  yard.make_large("queue/queue.log.bak", (64u << 20) + 1);
  stdfs::create_directories(yard.path("dir/archive/2026-01-01"));
  stdfs::create_directories(yard.path("queue/archive"));
  yard.make(in("dir/archive/2026-01-01"));
  yard.make("queue/archive/66f1c2d3a4b5c6d7.42.alpha.jsonl");
  yard.make("queue/alpha.jsonl", 0);
  yard.clock().advance(std::chrono::hours(24 * 365));
  const auto before = yard.files();
  std::map<std::string_view, CleanupResult> planned;
  for (const CleanupAction& action : cleanup_actions()) {
    planned[action.name] = yard.clean(action.name, {.is_dry_run = true, .lists_files = true});
    CHECK(planned[action.name].files.size() == planned[action.name].items);
  }
  for (const char* kind : {"archive", "purge-failed", "recover", "temp"}) {
    CHECK(planned[kind].items == 20);
  }
  CHECK(planned["rotate"].items == 4);
  CHECK(planned["purge-archive"].items == 2);
  CHECK(planned["idle-segments"].items == 1);
  auto seen = yard.files();
  CHECK(seen == before);
  for (const CleanupAction& action : cleanup_actions()) { // one after the other, as all of them
    const CleanupResult done = yard.clean(action.name, {.lists_files = true});
    CHECK(done.files == planned[action.name].files);
    CHECK(done.bytes == planned[action.name].bytes);
  }
}

TEST_CASE("an installation without queues has nothing to clean") {
  Yard yard;
  stdfs::remove_all(yard.path("dir"));
  stdfs::remove_all(yard.path("queue"));
  for (const CleanupAction& action : cleanup_actions()) {
    CHECK(yard.clean(action.name).items == 0);
  }
  CHECK(yard.files().empty());
  CHECK_FALSE(stdfs::exists(yard.path("dir")));
}
