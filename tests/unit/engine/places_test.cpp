#include "core/base/error.hpp"
#include "core/engine/places.hpp"
#include "core/os/posix_fs.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

Settings settings_with(const std::map<std::string, std::string>& flags) {
  PosixFs fs;
  ConfigSources sources;
  sources.flags = flags;
  sources.system_directory = "/nonexistent";
  return Settings::load(fs, sources);
}

} // namespace

TEST_CASE("the local database is named after its origin") {
  CHECK(local_database_path(settings_with({}), "alpha") == "./menace_alpha_local.db");
}

TEST_CASE("a local path without a mark is the same for everybody") {
  CHECK(local_database_path(settings_with({{"databases.local", "x.db"}}), "alpha") == "x.db");
}

TEST_CASE("a local path that is a directory holds a file for each origin") {
  const TempDir folder;
  const Settings settings = settings_with({{"databases.local", folder.path()}});
  CHECK(local_database_path(settings, "alpha") == folder / "alpha.db");
}

TEST_CASE("an origin that would leave the directory is refused") {
  const auto error =
      error_of([] { static_cast<void>(local_database_path(settings_with({}), "../evil")); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::denied);
  CHECK(error->code() == "unsafe-id");
}

TEST_CASE("the shared store may be written as an sqlite URL") {
  CHECK(shared_database_path(settings_with({{"databases.shared", "sqlite:a/b.db"}})) == "a/b.db");
}

TEST_CASE("a store without a plugin for it is refused by name") {
  const auto error = error_of([] {
    static_cast<void>(
        shared_database_path(settings_with({{"databases.shared", "postgresql://h/d"}})));
  });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::config);
  CHECK(error->message() ==
        "cannot open the shared store 'postgresql://h/d': no plugin provides 'postgresql'");
}
