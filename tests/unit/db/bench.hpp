#pragma once

#include "core/db/database.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

#include <string>

namespace menacedb::test {

// A directory, a clock that moves only when somebody sleeps, and connections to one file.
struct DbBench {
  TempDir directory;
  FakeClock clock;
  StopFlag stop;
  std::string path = directory / "x.db";

  Database open(DatabaseOptions options = {.create = true}) {
    return Database(path, options, clock, stop);
  }
};

// What the call throws; an Error of kind internal when it throws nothing.
template <typename Call>
Error error_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::internal, "nothing-thrown", "nothing was thrown");
}

} // namespace menacedb::test
