#include "core/engine/care/backup.hpp"
#include "core/engine/care/partial_file.hpp"
#include "tests/crash/site.hpp"
#include "tests/support/child.hpp"
#include "tests/support/error_of.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>

using namespace menacedb;
using namespace menacedb::test;

namespace {

namespace stdfs = std::filesystem;

std::size_t files_below(const std::string& path) {
  std::error_code missing;
  const stdfs::recursive_directory_iterator files(path, missing);
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

BackupOptions into(Site& site) {
  BackupOptions options;
  options.directory = site.path("copies");
  return options;
}

std::optional<Error> failing_backup(Site& site, const BackupOptions& options) {
  return error_of(
      [&] { static_cast<void>(back_up(site.context(), site.shared_database(), options)); });
}

} // namespace

TEST_CASE("a backup holds the rows and the ledger of its moment") {
  Site site;
  site.enqueue("telemetry", "a");
  site.drain_until_idle();
  const MadeBackup made = back_up(site.context(), site.shared_database(), into(site));
  CHECK(made.manifest.is_verified);
  CHECK(made.manifest.bytes == stdfs::file_size(made.path));
  REQUIRE(made.manifest.ledger.size() == 1);
  REQUIRE(made.manifest.ledger[0].settled.size() == 1);
  CHECK(made.manifest.ledger[0].settled[0].first == 1);
  const auto read = decode_manifest(read_file(site.fs(), manifest_path(made.path), 1u << 20));
  REQUIRE(read);
  CHECK(read->sha256 == made.manifest.sha256);
  const Context context = site.context();
  Database copy(made.path, {.read_only = true}, context.clock, context.stop);
  CHECK(copy.query_text("PRAGMA journal_mode") == "delete");
  CHECK(copy.query_integer("SELECT count(*) FROM telemetry") == 1);
}

TEST_CASE("a backup that is interrupted leaves nothing behind") {
  Site site;
  const Context context = site.context();
  BackupOptions options = into(site);
  options.on_progress = [&](std::string_view, Bytes, Bytes) { context.stop.request(); };
  for (const bool is_compressed : {false, true}) {
    options.is_compressed = is_compressed;
    const auto error = failing_backup(site, options);
    REQUIRE(error);
    CHECK(error->code() == "interrupted");
    CHECK(files_below(site.path("copies")) == 0);
  }
}

TEST_CASE("a backup that would not fit is refused before anything is written") {
  Site site;
  site.fs().fill_up_after(1000);
  const auto error = failing_backup(site, into(site));
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::io);
  CHECK(error->code() == "disk-full");
  CHECK(error->message().find("1000 B are free") != std::string::npos);
  CHECK(files_below(site.path("copies")) == 0);
}

TEST_CASE("a disk that fails during a backup leaves nothing behind") {
  for (const FsCall call : {FsCall::sync, FsCall::rename, FsCall::write, FsCall::write_at}) {
    CAPTURE(call_word(call));
    Site site;
    site.fs().fail({.call = call, .error_number = EIO, .is_lasting = true, .path_part = "copies"});
    const auto error = failing_backup(site, into(site));
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::io);
    site.fs().heal();
    CHECK(files_below(site.path("copies")) == 0);
  }
}

TEST_CASE("what a killed backup left behind is removed by the next and by nobody else") {
  Site site;
  const Ended ended = run_in_child([&] {
    site.fs().kill_at(Step::backup_copied);
    static_cast<void>(back_up(site.context(), site.shared_database(), into(site)));
  });
  REQUIRE(ended.signal == SIGKILL);
  CHECK(files_below(site.path("copies")) == 1);
  const PartialFile busy(site.fs(), site.path("copies"), "busy",
                         *site.fs().stat(site.shared_database()));
  static_cast<void>(back_up(site.context(), site.shared_database(), into(site)));
  CHECK(files_below(site.path("copies")) == 3); // the backup, its manifest, the busy one
  CHECK(stdfs::exists(busy.path()));
}

TEST_CASE("a kill of a backup at any step leaves no backup that is not whole") {
  for (const Step step :
       {Step::backup_copied, Step::backup_named, Step::backup_described, Step::backup_published}) {
    Site site;
    const Ended ended = run_in_child([&] {
      site.fs().kill_at(step);
      static_cast<void>(back_up(site.context(), site.shared_database(), {}));
    });
    REQUIRE(ended.signal == SIGKILL);
    const std::string directory = backup_directory(site.shared_database());
    for (const StoredBackup& stored : list_backups(site.fs(), site.shared_database(), directory)) {
      CHECK((stored.state == BackupState::ok || stored.state == BackupState::missing));
    }
    const MadeBackup made = back_up(site.context(), site.shared_database(), {});
    CHECK(examine_backup(site.fs(), made.path).state == BackupState::ok);
  }
}

TEST_CASE("the newest sound backup is never pruned") {
  Site site;
  const std::string path = site.path("menacedb.toml");
  std::ofstream(path) << "[retention]\nbackups = { default = 0 }\n";
  ConfigSources sources;
  sources.config_file = path;
  sources.flags = {{"databases.shared", site.shared_database()}};
  const Settings settings = Settings::load(site.fs(), sources);
  REQUIRE(settings.problems().empty());
  const Context shared = site.context();
  const Context context{shared.fs, shared.clock, shared.log, shared.stop, settings};
  const MadeBackup first = back_up(context, site.shared_database(), {});
  CHECK(first.pruned.empty());
  site.clock().advance(std::chrono::seconds(5));
  const MadeBackup second = back_up(context, site.shared_database(), {});
  REQUIRE(second.pruned.size() == 1);
  CHECK(second.pruned[0].path == first.path);
  // Broken since: the older one would have been the newest sound one, and this one stays, too.
  CHECK_FALSE(stdfs::exists(first.path));
  CHECK_FALSE(stdfs::exists(manifest_path(first.path)));
  std::ofstream(second.path, std::ios::app) << "tail";
  site.clock().advance(std::chrono::seconds(5));
  const MadeBackup third = back_up(context, site.shared_database(), {});
  REQUIRE(third.pruned.size() == 1);
  CHECK(third.pruned[0].path == second.path);
}
