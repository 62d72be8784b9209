#include "core/os/lock_table.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace menacedb;

TEST_CASE("a line of the lock table is taken apart") {
  const auto lock =
      parse_lock_line("1: POSIX  ADVISORY  READ 14846 fe:0a:10970861 1073741826 1073742335");
  REQUIRE(lock.has_value());
  CHECK(lock->type == KernelLock::Type::posix);
  CHECK_FALSE(lock->is_write);
  CHECK_FALSE(lock->is_waiting);
  CHECK(lock->pid == 14846);
  CHECK(lock->device_major == 0xfe);
  CHECK(lock->device_minor == 0x0a);
  CHECK(lock->inode == 10970861);
  CHECK(lock->covers(1073741826));
  CHECK(lock->covers(1073742335));
  CHECK_FALSE(lock->covers(1073741825));
  CHECK_FALSE(lock->covers(1073742336));
}

TEST_CASE("a lock to the end of the file covers every byte from its first on") {
  const auto lock = parse_lock_line("12: FLOCK  ADVISORY  WRITE 4711 00:2f:77 0 EOF");
  REQUIRE(lock.has_value());
  CHECK(lock->type == KernelLock::Type::flock);
  CHECK(lock->is_write);
  CHECK(lock->covers(0));
  CHECK(lock->covers(1ull << 62));
}

TEST_CASE("a lock of an open file has no pid") {
  const auto lock = parse_lock_line("3: OFDLCK ADVISORY  WRITE -1 08:01:5 120 120");
  REQUIRE(lock.has_value());
  CHECK(lock->type == KernelLock::Type::open_file);
  CHECK(lock->pid == 0);
}

TEST_CASE("who sleeps until a lock is free is told from who holds it") {
  const auto locks = parse_lock_table("1: FLOCK  ADVISORY  WRITE 10 08:01:5 0 EOF\n"
                                      "1: -> FLOCK  ADVISORY  WRITE 11 08:01:5 0 EOF\n");
  REQUIRE(locks.size() == 2);
  CHECK_FALSE(locks[0].is_waiting);
  CHECK(locks[1].is_waiting);
  CHECK(locks[1].pid == 11);
  CHECK(locks[0].is_same_file(locks[1]));
}

TEST_CASE("leases and lines that are no locks are passed over") {
  CHECK(parse_lock_table("1: LEASE  ACTIVE    READ 10 08:01:5 0 EOF\n"
                         "2: DELEG  ACTIVE    READ 10 08:01:5 0 EOF\n"
                         "nonsense\n\n3:\n4: POSIX\n5: POSIX ADVISORY READ x 08:01:5 0 EOF\n"
                         "6: POSIX ADVISORY READ 1 08:01 0 EOF\n"
                         "7: POSIX ADVISORY READ 1 08:01:5 0")
            .empty());
}
