#include "core/base/compression.hpp"
#include "core/os/file_lock.hpp"
#include "core/os/log_file.hpp"
#include "tests/unit/engine/cleanup_yard.hpp"

using namespace menacedb;
using namespace menacedb::test;

TEST_CASE("logs are rotated when they are large and packed and deleted when they are old") {
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
  CHECK(yard.clean("rotate").items == 2);
  CHECK_FALSE(yard.has("dir/worker.log.1"));
  CHECK(yard.has("dir/worker.log.1.gz"));
  CHECK(yard.files().size() == 4); // with the drain's lock, and no half of one
  CHECK(yard.clean("rotate").items == 0);
  yard.clock().advance(std::chrono::hours(24 * 8));
  CHECK(yard.clean("rotate").items == 2);
  CHECK(yard.files().size() == 2);
  CHECK(yard.has("queue/queue.log.bak.mine"));
}

TEST_CASE("a packed log is what it was") {
  Yard yard;
  yard.make("dir/worker.log.2", 300000);
  CHECK(yard.clean("rotate").items == 1);
  const std::string packed = read_file(yard.fs(), yard.path("dir/worker.log.2.gz"), 100000);
  CHECK(packed.size() < 3000);
  std::string content(300001, '\0');
  std::string_view input = packed;
  Decompressor decompressor(Compression::gzip);
  content.resize(decompressor.unpack(input, content));
  CHECK(decompressor.is_complete());
  CHECK(content == std::string(300000, 'x'));
}

TEST_CASE("a rotation moves packed logs along and drops the last") {
  Yard yard;
  yard.make("dir/worker.log", 1);
  yard.make("dir/worker.log.1.gz", 2);
  yard.make("dir/worker.log.2", 3);
  yard.make("dir/worker.log.4.gz", 5);
  yard.make("dir/worker.log.5", 6);
  rotate_log(yard.fs(), yard.path("dir/worker.log"));
  CHECK(yard.files() == std::map<std::string, std::uintmax_t>{{"dir/worker.log.1", 1},
                                                              {"dir/worker.log.2.gz", 2},
                                                              {"dir/worker.log.3", 3},
                                                              {"dir/worker.log.5.gz", 5}});
}

TEST_CASE("a log is neither packed nor rotated while somebody else does it") {
  Yard yard;
  yard.make("dir/worker.log", 2000);
  yard.make("dir/worker.log.1", 20);
  const Fd log = yard.fs().open(yard.path("dir/worker.log"), {});
  REQUIRE(yard.fs().try_lock(log, LockMode::exclusive));
  static_cast<void>(yard.clean("rotate"));
  CHECK(yard.files() ==
        std::map<std::string, std::uintmax_t>{{"dir/worker.log", 2000}, {"dir/worker.log.1", 20}});
}

TEST_CASE("rotated audit logs go by their limits and never the log nor one in use") {
  Yard yard(Items{{"retention.audit", "count=1"}});
  yard.set_audit_log("queue/audit.log");
  yard.make("queue/audit.log");
  for (const char* name : {"queue/audit.log.1", "queue/audit.log.2", "queue/audit.log.3.gz",
                           "queue/audit.log.4", "queue/audit.log.mine", "queue/audit.log.05"}) {
    yard.make(name);
  }
  stdfs::last_write_time(yard.path("queue/audit.log.1"),
                         stdfs::file_time_type::clock::now() + std::chrono::minutes(1));
  const Fd writer = yard.fs().open(yard.path("queue/audit.log.4"), {.mode = OpenMode::append});
  REQUIRE(yard.fs().try_lock(writer, LockMode::shared));
  CHECK(yard.clean("audit", {.is_dry_run = true}).items == 3);
  CHECK(yard.clean("audit").items == 2);
  for (const char* name : {"queue/audit.log", "queue/audit.log.1", "queue/audit.log.4",
                           "queue/audit.log.mine", "queue/audit.log.05"}) {
    CHECK(yard.has(name));
  }
  CHECK(yard.files().size() == 5);
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
