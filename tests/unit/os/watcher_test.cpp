#include "core/os/posix_fs.hpp"
#include "core/os/signals.hpp"
#include "core/os/watch_files.hpp"
#include "tests/support/child.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <sys/resource.h>

#include <filesystem>
#include <signal.h>
#include <thread>
#include <unistd.h>

using namespace menacedb;
using namespace std::chrono_literals;

namespace {

constexpr Duration k_long = 60s; // a test that waits this long has failed

struct Bench {
  test::TempDir dir;
  PosixFs fs;
  StopFlag stop;
  std::string spool = dir / "spool";

  Bench() { fs.make_directories(spool); }
  void append(const std::string& name) {
    fs.write_all(fs.open(join_path(spool, name), {.mode = OpenMode::append, .create = true}), "x");
  }
};

} // namespace

TEST_CASE("a quiet directory lets the patience pass") {
  Bench bench;
  bench.append("before");
  Watcher watcher(bench.spool);
  CHECK_FALSE(watcher.is_polling());
  CHECK_FALSE(watcher.wait(0s, bench.stop));
  CHECK_FALSE(watcher.wait(5ms, bench.stop));
}

TEST_CASE("an append is seen once whether before or during the wait") {
  Bench bench;
  bench.append("a");
  Watcher watcher(bench.spool);
  bench.append("a");
  bench.append("a");
  CHECK(watcher.wait(k_long, bench.stop));
  CHECK_FALSE(watcher.wait(0s, bench.stop));
  std::jthread producer([&] { bench.append("a"); });
  CHECK(watcher.wait(k_long, bench.stop));
}

TEST_CASE("a file that is renamed into the directory is seen") {
  Bench bench;
  (void)bench.fs.open(bench.dir / "outside", {.mode = OpenMode::append, .create = true});
  Watcher watcher(bench.spool);
  bench.fs.rename(bench.dir / "outside", bench.spool + "/inside");
  CHECK(watcher.wait(k_long, bench.stop));
}

TEST_CASE("names that do not count wake nobody") {
  Bench bench;
  Watcher watcher(bench.spool, [](std::string_view name) { return name != "queue.log.bak"; });
  bench.append("queue.log.bak");
  CHECK_FALSE(watcher.wait(5ms, bench.stop));
  bench.append("alpha.jsonl");
  CHECK(watcher.wait(k_long, bench.stop));
}

TEST_CASE("a stop that was requested before lets nobody wait") {
  Bench bench;
  Watcher watcher(bench.spool);
  bench.append("a");
  bench.stop.request();
  CHECK_FALSE(watcher.wait(k_long, bench.stop));
}

TEST_CASE("a signal ends the wait") {
  Bench bench;
  const test::Gate ready;
  test::Child child([&] {
    Watcher watcher(bench.spool);
    ::signal(SIGTERM, SIG_DFL);
    const SignalGuard guard(bench.stop);
    ready.open();
    const bool is_woken = watcher.wait(k_long, bench.stop);
    ::_exit(!is_woken && SignalGuard::caught() == SIGTERM ? 0 : 1);
  });
  ready.wait();
  child.kill(SIGTERM);
  CHECK(child.wait() == test::Ended{});
}

TEST_CASE("a directory that was made anew is watched again") {
  Bench bench;
  Watcher watcher(bench.spool);
  std::filesystem::remove_all(bench.spool);
  bench.fs.make_directories(bench.spool);
  CHECK(watcher.wait(k_long, bench.stop));
  CHECK_FALSE(watcher.is_polling());
  bench.append("a");
  CHECK(watcher.wait(k_long, bench.stop));
}

TEST_CASE("a directory that was moved away and replaced is watched again") {
  Bench bench;
  Watcher watcher(bench.spool);
  bench.fs.rename(bench.spool, bench.dir / "old");
  bench.fs.make_directories(bench.spool);
  CHECK(watcher.wait(k_long, bench.stop));
  CHECK_FALSE(watcher.wait(0s, bench.stop));
  (void)bench.fs.open(bench.dir / "old/a", {.mode = OpenMode::append, .create = true});
  CHECK_FALSE(watcher.wait(5ms, bench.stop));
  bench.append("a");
  CHECK(watcher.wait(k_long, bench.stop));
}

TEST_CASE("a directory deleted while it is open elsewhere is watched again") {
  Bench bench;
  const Fd keeper = bench.fs.open(bench.spool, {});
  Watcher watcher(bench.spool);
  std::filesystem::remove_all(bench.spool);
  bench.fs.make_directories(bench.spool);
  while (!watcher.wait(k_long, bench.stop)) {
  }
  CHECK_FALSE(watcher.wait(0s, bench.stop));
  bench.append("a");
  CHECK(watcher.wait(k_long, bench.stop));
}

TEST_CASE("a missing directory is watched when it appears with the folders above it") {
  Bench bench;
  const std::string deep = bench.dir / "a/b/c";
  Watcher watcher(deep);
  CHECK_FALSE(watcher.is_polling());
  CHECK_FALSE(watcher.wait(5ms, bench.stop));
  bench.fs.make_directories(bench.dir / "other"); // none of its path
  CHECK_FALSE(watcher.wait(5ms, bench.stop));
  for (const char* const part : {"a", "a/b", "a/b/c"}) {
    bench.fs.make_directories(bench.dir / part);
    CHECK(watcher.wait(k_long, bench.stop));
  }
  bench.fs.write_all(bench.fs.open(deep + "/x", {.mode = OpenMode::append, .create = true}), "x");
  CHECK(watcher.wait(k_long, bench.stop));
}

TEST_CASE("a folder above that is moved away and replaced is noticed without polling") {
  Bench bench;
  const std::string deep = bench.dir / "a/b/c";
  bench.fs.make_directories(deep);
  Watcher watcher(deep);
  bench.fs.rename(bench.dir / "a", bench.dir / "old");
  CHECK(watcher.wait(k_long, bench.stop));
  bench.fs.make_directories(deep);
  CHECK(watcher.wait(k_long, bench.stop));
  CHECK_FALSE(watcher.is_polling());
  bench.fs.write_all(bench.fs.open(deep + "/x", {.mode = OpenMode::append, .create = true}), "x");
  CHECK(watcher.wait(k_long, bench.stop));
}

TEST_CASE("a symbolic link on the way that is turned elsewhere is noticed") {
  Bench bench;
  bench.fs.make_directories(bench.dir / "one/spool");
  bench.fs.make_directories(bench.dir / "two/spool");
  std::filesystem::create_directory_symlink(bench.dir / "one", bench.dir / "link");
  Watcher watcher(bench.dir / "link/spool");
  std::filesystem::create_directory_symlink(bench.dir / "two", bench.dir / "next");
  CHECK_FALSE(watcher.wait(0s, bench.stop));
  bench.fs.rename(bench.dir / "next", bench.dir / "link");
  CHECK(watcher.wait(k_long, bench.stop));
  bench.fs.write_all(
      bench.fs.open(bench.dir / "two/spool/x", {.mode = OpenMode::append, .create = true}), "x");
  CHECK(watcher.wait(k_long, bench.stop));
}

TEST_CASE("one watcher sees what happens in any of its directories") {
  Bench bench;
  bench.fs.make_directories(bench.dir / "second");
  Watcher watcher(std::vector<std::string>{bench.spool, bench.dir / "second"});
  bench.append("a");
  CHECK(watcher.wait(k_long, bench.stop));
  bench.fs.write_all(
      bench.fs.open(bench.dir / "second/a", {.mode = OpenMode::append, .create = true}), "x");
  CHECK(watcher.wait(k_long, bench.stop));
  CHECK_FALSE(watcher.wait(5ms, bench.stop));
}

TEST_CASE("without inotify each wait answers within about a second") {
  Bench bench;
  const auto ended = test::run_in_child([&] {
    const rlimit none{.rlim_cur = 3, .rlim_max = 3}; // the standard streams
    ::setrlimit(RLIMIT_NOFILE, &none);
    Watcher watcher(bench.spool);
    ::_exit(watcher.is_polling() && watcher.wait(k_long, bench.stop) ? 0 : 1);
  });
  CHECK(ended == test::Ended{});
}

TEST_CASE("a watcher of finished files waits for the close and counts what goes") {
  Bench bench;
  Watcher watcher({bench.spool}, {}, Watcher::Events::finished);
  const std::string path = join_path(bench.spool, "a");
  {
    const Fd file = bench.fs.open(path, {.mode = OpenMode::append, .create = true});
    bench.fs.write_all(file, "x");
    CHECK_FALSE(watcher.take());
  }
  CHECK(watcher.take());
  CHECK_FALSE(watcher.take());
  CHECK(bench.fs.unlink(path));
  CHECK(watcher.take());
  std::filesystem::create_symlink("elsewhere", path);
  CHECK(watcher.take());
}

TEST_CASE("a wait for several watchers ends with any of them and each keeps its own news") {
  Bench bench;
  const std::string other = bench.dir / "other";
  bench.fs.make_directories(other);
  Watcher first(bench.spool);
  Watcher second(other);
  Watcher nothing{std::vector<std::string>()};
  Watcher* const all[] = {&nothing, &first, &second};
  CHECK_FALSE(Watcher::wait_any(all, 0s, bench.stop));
  bench.append("a");
  CHECK(Watcher::wait_any(all, k_long, bench.stop));
  CHECK(Watcher::wait_any(all, k_long, bench.stop)); // nobody took it yet
  CHECK_FALSE(second.take());
  CHECK(first.take());
  CHECK_FALSE(Watcher::wait_any(all, 0s, bench.stop));
}

TEST_CASE("files are followed through all links on their way") {
  Bench bench;
  namespace files = std::filesystem;
  for (const char* const version : {"v1", "v2"}) {
    bench.fs.make_directories(bench.dir / version);
    bench.fs.write_all(
        bench.fs.open(bench.dir / version + "/c.toml", {.mode = OpenMode::append, .create = true}),
        version);
  }
  files::create_directory_symlink("v1", bench.dir / "current");
  files::create_symlink("../current/c.toml", bench.spool + "/link.toml");
  const FileSet set{.files = {bench.spool + "/link.toml"}, .folders = {}, .suffix = ""};
  Watcher watcher = watch_files(set);
  CHECK_FALSE(watcher.take());
  files::create_directory_symlink("v2", bench.dir / "next");
  files::rename(bench.dir / "next", bench.dir / "current");
  CHECK(watcher.take());
  watcher = watch_files(set);
  bench.append("unrelated");
  CHECK_FALSE(watcher.take());
  bench.fs.write_all(bench.fs.open(bench.dir / "v2/c.toml", {.mode = OpenMode::append}), "x");
  CHECK(watcher.take());
}

TEST_CASE("links that lead in a circle are watched as far as they go") {
  Bench bench;
  std::filesystem::create_symlink("b", bench.spool + "/a");
  std::filesystem::create_symlink("a", bench.spool + "/b");
  Watcher watcher = watch_files({.files = {bench.spool + "/a"}, .folders = {}, .suffix = ""});
  CHECK_FALSE(watcher.take());
  std::filesystem::remove(bench.spool + "/b");
  CHECK(watcher.take());
}
