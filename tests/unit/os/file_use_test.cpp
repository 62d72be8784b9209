#include "core/os/clock.hpp"
#include "core/os/file_use.hpp"
#include "core/os/posix_fs.hpp"
#include "core/os/process.hpp"
#include "tests/support/child.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <fcntl.h>
#include <unistd.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

void lock_byte(int fd, int command, short type, off_t byte) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  if (::fcntl(fd, command, &lock) != 0) {
    throw std::runtime_error("cannot lock");
  }
}

// A child that did something to the file and now stays.
struct Holder {
  Gate ready;
  Child child;

  Holder(const std::string& path, const std::function<void(int)>& work)
      : child([&] {
          const int fd = ::open(path.c_str(), O_RDWR | O_CREAT, 0600);
          work(fd);
          ready.open();
          ::pause();
        }) {
    ready.wait();
  }
};

struct Place {
  TempDir directory;
  std::vector<std::string> paths{directory / "a.db", directory / "b.db"};
  [[nodiscard]] FileUse look() const { return find_file_use(paths); }
};

} // namespace

TEST_CASE("another process that has a file open is found with every descriptor") {
  const Place place;
  const Holder holder(place.paths[1], [](int fd) { static_cast<void>(::dup(fd)); });
  const FileUse use = place.look();
  REQUIRE(use.openers.size() == 1);
  CHECK(use.openers[0].pid == holder.child.pid());
  CHECK(use.openers[0].file == 1);
  CHECK(use.openers[0].descriptors == 2);
  CHECK(use.locks.empty());
}

TEST_CASE("a process that is gone has nothing open") {
  const Place place;
  {
    const Holder holder(place.paths[0], [](int) {});
  }
  CHECK(place.look().openers.empty());
}

TEST_CASE("a lock of a byte is found once and with its holder") {
  const Place place;
  const Holder holder(place.paths[0], [](int fd) { lock_byte(fd, F_SETLK, F_WRLCK, 120); });
  const FileUse use = place.look();
  REQUIRE(use.locks.size() == 1);
  CHECK(use.locks[0].file == 0);
  CHECK(use.locks[0].lock.pid == holder.child.pid());
  CHECK(use.locks[0].lock.is_write);
  CHECK(use.locks[0].lock.covers(120));
  CHECK_FALSE(use.locks[0].lock.covers(121));
}

TEST_CASE("a lock of an open file is given the pid of who has the file open") {
  const Place place;
  const Holder holder(place.paths[0], [](int fd) { lock_byte(fd, F_OFD_SETLK, F_RDLCK, 7); });
  const FileUse use = place.look();
  REQUIRE(use.locks.size() == 1);
  CHECK(use.locks[0].lock.pid == holder.child.pid());
  CHECK_FALSE(use.locks[0].lock.is_write);
}

TEST_CASE("our own descriptors and locks are left out") {
  const Place place;
  PosixFs fs;
  const Fd file = fs.open(place.paths[0], {.mode = OpenMode::read_write, .create = true});
  lock_byte(file.get(), F_SETLK, F_WRLCK, 1);
  const FileUse use = place.look();
  CHECK(use.openers.empty());
  CHECK(use.locks.empty());
}

TEST_CASE("looking does not drop the locks this process holds") {
  const Place place;
  PosixFs fs;
  const Fd file = fs.open(place.paths[0], {.mode = OpenMode::read_write, .create = true});
  lock_byte(file.get(), F_SETLK, F_WRLCK, 1);
  static_cast<void>(place.look());
  const Ended ended = run_in_child([&] {
    const int fd = ::open(place.paths[0].c_str(), O_RDWR);
    lock_byte(fd, F_SETLK, F_WRLCK, 1); // must be refused
  });
  CHECK(ended.status == 99);
}

TEST_CASE("files that do not exist are used by nobody") {
  const Place place;
  CHECK(place.look().openers.empty());
  CHECK(place.look().locks.empty());
}

TEST_CASE("a process was started before now and after the machine") {
  const Gate ready;
  const Child child([&] {
    ready.open();
    ::pause();
  });
  ready.wait();
  const auto started = process_started_at(child.pid());
  REQUIRE(started.has_value());
  SystemClock clock;
  CHECK(*started <= clock.now() + std::chrono::seconds(1));
  CHECK(*started > clock.now() - std::chrono::minutes(5));
  CHECK_FALSE(process_started_at(0x7fffffff).has_value());
}

TEST_CASE("a lock of another process is seen where it covers the bytes asked about") {
  const Place place;
  CHECK_FALSE(is_locked_by_others(place.paths[0], 0, 100));
  const Holder holder(place.paths[0], [](int fd) { lock_byte(fd, F_SETLK, F_RDLCK, 7); });
  CHECK(is_locked_by_others(place.paths[0], 0, 7));
  CHECK_FALSE(is_locked_by_others(place.paths[0], 8, 100));
  CHECK_FALSE(is_locked_by_others(place.directory / "no such file", 0, 100));
}
