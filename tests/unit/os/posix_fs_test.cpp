#include "core/os/posix_fs.hpp"
#include "tests/support/child.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/stat.h>

#include <array>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

using namespace menacedb;
using test::error_of;

namespace {

constexpr OpenOptions k_append{.mode = OpenMode::append, .create = true};

struct Bench {
  test::TempDir dir;
  PosixFs fs;

  void write(const std::string& name, std::string_view text) {
    fs.write_all(fs.open(dir / name, k_append), text);
  }
  std::string text(const std::string& name) { return read_file(fs, dir / name, 1U << 20U); }
};

// While it lives, new files get the rights asked for, without a mask.
class NoUmask {
public:
  NoUmask() : m_old(::umask(0)) {}
  ~NoUmask() { ::umask(m_old); }
  NoUmask(const NoUmask&) = delete;
  NoUmask& operator=(const NoUmask&) = delete;

private:
  mode_t m_old;
};

} // namespace

TEST_CASE("appending keeps what is there") {
  Bench bench;
  bench.write("a", "one\n");
  bench.write("a", "two\n");
  CHECK(bench.text("a") == "one\ntwo\n");
}

TEST_CASE("a missing file is none or an error as asked") {
  Bench bench;
  CHECK_FALSE(bench.fs.open_if_exists(bench.dir / "no", {}));
  CHECK_FALSE(bench.fs.open_if_exists(bench.dir / "no/deeper", {}));
  const auto error = error_of([&] { (void)bench.fs.open(bench.dir / "no", {}); });
  REQUIRE(error);
  CHECK(error->code() == "not-found");
  CHECK(error->message() == "cannot open '" + (bench.dir / "no") + "': No such file or directory");
}

TEST_CASE("a file that cannot be created says so") {
  Bench bench;
  const auto error = error_of([&] { (void)bench.fs.open(bench.dir / "no/file", k_append); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::cannot_create);
  CHECK(error->message().starts_with("cannot create '"));
}

TEST_CASE("an exclusive creation refuses a name that exists") {
  Bench bench;
  bench.write("a", "x");
  const auto error = error_of([&] {
    (void)bench.fs.open(bench.dir / "a",
                        {.mode = OpenMode::append, .create = true, .exclusive = true});
  });
  REQUIRE(error);
  CHECK(error->code() == "exists");
}

TEST_CASE("new files are never world-writable") {
  Bench bench;
  const NoUmask no_umask;
  (void)bench.fs.open(bench.dir / "a",
                      {.mode = OpenMode::append, .create = true, .permissions = 0666});
  CHECK(bench.fs.stat(bench.dir / "a")->mode == 0664);
  bench.fs.make_directories(bench.dir / "d");
  CHECK(bench.fs.stat(bench.dir / "d")->mode == 0775);
}

TEST_CASE("a symlink is not opened whatever it points to") {
  Bench bench;
  bench.write("target", "secret");
  REQUIRE(::symlink((bench.dir / "target").c_str(), (bench.dir / "link").c_str()) == 0);
  REQUIRE(::symlink("nowhere", (bench.dir / "dangling").c_str()) == 0);
  for (const char* name : {"link", "dangling"}) {
    for (const auto& options : {OpenOptions{}, k_append}) {
      const auto error = error_of([&] { (void)bench.fs.open(bench.dir / name, options); });
      REQUIRE(error);
      CHECK(error->code() == "symlink");
      CHECK(error->message() == "cannot open '" + (bench.dir / name) +
                                    "': it is a symbolic link, and none is followed here");
    }
  }
  CHECK_FALSE(bench.fs.stat(bench.dir / "nowhere"));
}

TEST_CASE("a fifo without a reader fails at once instead of blocking") {
  Bench bench;
  REQUIRE(::mkfifo((bench.dir / "fifo").c_str(), 0600) == 0);
  CHECK(error_of([&] { (void)bench.fs.open(bench.dir / "fifo", k_append); }));
  const Fd reader = bench.fs.open(bench.dir / "fifo", {});
  CHECK(bench.fs.stat(reader).type == FileType::other);
}

TEST_CASE("descriptors are not inherited by programs") {
  Bench bench;
  const Fd file = bench.fs.open(bench.dir / "a", k_append);
  CHECK((::fcntl(file.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("read-at reads up to the end of the file") {
  Bench bench;
  bench.write("a", "0123456789");
  const Fd file = bench.fs.open(bench.dir / "a", {});
  std::array<char, 20> buffer{};
  CHECK(bench.fs.read_at(file, buffer.data(), 4, 3) == 4);
  CHECK(std::string_view(buffer.data(), 4) == "3456");
  CHECK(bench.fs.read_at(file, buffer.data(), buffer.size(), 7) == 3);
  CHECK(bench.fs.read_at(file, buffer.data(), buffer.size(), 100) == 0);
}

TEST_CASE("write-at and truncate change a file in place") {
  Bench bench;
  bench.write("a", "0123456789");
  const Fd file = bench.fs.open(bench.dir / "a", {.mode = OpenMode::read_write});
  bench.fs.write_at(file, "xy", 2);
  bench.fs.truncate(file, 5);
  bench.fs.sync(file);
  bench.fs.sync_data(file);
  CHECK(bench.text("a") == "01xy4");
}

TEST_CASE("an error of an open file names its path") {
  Bench bench;
  bench.write("a", "x");
  const Fd file = bench.fs.open(bench.dir / "a", {});
  const auto error = error_of([&] { (void)bench.fs.write_once(file, "y"); });
  REQUIRE(error);
  CHECK(error->message() == "cannot write '" + (bench.dir / "a") + "': Bad file descriptor");
}

TEST_CASE("a write that meets a limit reports the bytes written and then the error") {
  Bench bench;
  const auto ended = test::run_in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 10, .rlim_max = 10};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const Fd file = bench.fs.open(bench.dir / "a", k_append);
    const bool is_short = bench.fs.write_once(file, "0123456789abcdef") == 10;
    const auto error = error_of([&] { (void)bench.fs.write_once(file, "g"); });
    ::_exit(is_short && error && error->kind() == ErrorKind::io ? 0 : 1);
  });
  CHECK(ended == test::Ended{});
  CHECK(bench.text("a") == "0123456789");
}

TEST_CASE("a full device is an error with its own code") {
  PosixFs fs;
  const Fd full = fs.open("/dev/full", {.mode = OpenMode::append});
  const auto error = error_of([&] { (void)fs.write_once(full, "x"); });
  REQUIRE(error);
  CHECK(error->code() == "disk-full");
}

TEST_CASE("stat describes the name itself") {
  Bench bench;
  bench.write("a", "12345");
  REQUIRE(::symlink("a", (bench.dir / "link").c_str()) == 0);
  REQUIRE(::link((bench.dir / "a").c_str(), (bench.dir / "hard").c_str()) == 0);
  const auto file = bench.fs.stat(bench.dir / "a");
  REQUIRE(file);
  CHECK(file->type == FileType::regular);
  CHECK(file->size == 5);
  CHECK(file->links == 2);
  CHECK(file->owner == ::getuid());
  CHECK(file->id == bench.fs.stat(bench.dir / "hard")->id);
  CHECK(file->modified_at > *parse_instant("2020-01-01T00:00:00Z"));
  CHECK(bench.fs.stat(bench.dir / "link")->type == FileType::symlink);
  CHECK(bench.fs.stat(bench.dir.path())->type == FileType::directory);
  CHECK_FALSE(bench.fs.stat(bench.dir / "no"));
  CHECK_FALSE(bench.fs.stat(bench.dir / "a/below"));
}

TEST_CASE("user attributes are kept with the file") {
  Bench bench;
  const Fd file = bench.fs.open(bench.dir / "a", k_append);
  CHECK_FALSE(bench.fs.attribute(file, "segment"));
  if (!bench.fs.set_attribute(file, "segment", "66f1c2d3a4b5c6d7.42")) {
    MESSAGE("this file system has no user attributes");
    return;
  }
  bench.fs.rename(bench.dir / "a", bench.dir / "b");
  CHECK(bench.fs.attribute(bench.fs.open(bench.dir / "b", {}), "segment") == "66f1c2d3a4b5c6d7.42");
}

TEST_CASE("a file system without user attributes answers none and false") {
  PosixFs fs;
  const Fd file = fs.open("/proc/self/status", {});
  CHECK_FALSE(fs.attribute(file, "segment"));
  CHECK_FALSE(fs.set_attribute(file, "segment", "x"));
}

TEST_CASE("an exclusive lock excludes another descriptor until it is given back") {
  Bench bench;
  const Fd first = bench.fs.open(bench.dir / "a", k_append);
  const Fd second = bench.fs.open(bench.dir / "a", k_append);
  REQUIRE(bench.fs.try_lock(first, LockMode::exclusive));
  CHECK_FALSE(bench.fs.try_lock(second, LockMode::shared));
  bench.fs.unlock(first);
  CHECK(bench.fs.try_lock(second, LockMode::shared));
  CHECK(bench.fs.try_lock(first, LockMode::shared));
}

TEST_CASE("a blocking lock waits for the holder in another process") {
  Bench bench;
  const Fd file = bench.fs.open(bench.dir / "a", k_append);
  bench.fs.lock(file, LockMode::exclusive);
  const test::Gate waiting;
  test::Child child([&] {
    const Fd own = bench.fs.open(bench.dir / "a", k_append);
    waiting.open();
    bench.fs.lock(own, LockMode::exclusive);
    bench.fs.write_all(own, "child\n");
  });
  waiting.wait();
  bench.fs.write_all(file, "parent\n");
  bench.fs.unlock(file);
  CHECK(child.wait() == test::Ended{});
  CHECK(bench.text("a") == "parent\nchild\n");
}
