#include "core/os/find_program.hpp"
#include "core/os/posix_fs.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <cstdlib>
#include <string>

using namespace menacedb;

namespace {

void make(const std::string& path, mode_t mode) {
  PosixFs fs;
  replace_file(fs, path, "#!/bin/sh\n");
  REQUIRE(::chmod(path.c_str(), mode) == 0);
}

// PATH as long as it lives.
struct Path {
  std::string before = std::getenv("PATH");
  explicit Path(const std::string& path) { ::setenv("PATH", path.c_str(), 1); }
  ~Path() { ::setenv("PATH", before.c_str(), 1); }
};

} // namespace

TEST_CASE("a program with a slash in its name is looked for in its folder") {
  test::TempDir dir;
  make(dir / "run", 0755);
  make(dir / "text", 0644);
  CHECK(find_program(dir / "run", "") == ProgramState::found);
  CHECK(find_program(dir / "run", "/nowhere") == ProgramState::found);
  CHECK(find_program("./run", dir.path()) == ProgramState::found);
  CHECK(find_program("./text", dir.path()) == ProgramState::not_executable);
  CHECK(find_program(dir.path(), "") == ProgramState::not_executable);
  CHECK(find_program("./gone", dir.path()) == ProgramState::missing);
}

TEST_CASE("a program without a slash in its name is looked for in PATH") {
  test::TempDir first;
  test::TempDir second;
  make(first / "run", 0644);
  make(second / "run", 0755);
  make(first / "text", 0644);
  const Path path(first.path() + ":" + second.path());
  CHECK(find_program("run", "") == ProgramState::found); // the first that can be run
  CHECK(find_program("text", "") == ProgramState::not_executable);
  CHECK(find_program("gone", first.path()) == ProgramState::missing);
}
