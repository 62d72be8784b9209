#include "core/db/checkpoint.hpp"
#include "core/db/writer_lock.hpp"
#include "core/engine/care/verify.hpp"
#include "tests/crash/site.hpp"
#include "tests/support/error_of.hpp"
#include "tests/unit/engine/care_bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace menacedb;
using namespace menacedb::test;

namespace {

namespace stdfs = std::filesystem;

VerifyReport verify_one(CareBench& bench, bool is_quick = false) {
  VerifyRequest request;
  request.databases = {{"", bench.path}};
  request.is_quick = is_quick;
  request.checks_queues = false;
  return verify(bench.context(), request);
}

VerifyReport verify_spools(Site& site) {
  VerifyRequest request;
  request.checks_databases = false;
  return verify(site.context(), request);
}

Check check_named(const VerifyReport& report, std::string_view name) {
  const auto found = std::find_if(report.checks.begin(), report.checks.end(),
                                  [&](const Check& check) { return check.name == name; });
  REQUIRE(found != report.checks.end());
  return *found;
}

// All content in the one file.
void close_cleanly(CareBench& bench) {
  {
    Database guard = bench.open();
    Database worker = bench.open();
    static_cast<void>(checkpoint(guard, worker, CheckpointMode::truncate));
  }
  bench.fs.unlink(bench.path + "-wal");
  bench.fs.unlink(bench.path + "-shm");
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

void make_rows(CareBench& bench) {
  bench.run("CREATE TABLE t (a, b); CREATE INDEX i ON t (b); "
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
            "INSERT INTO t SELECT i, hex(i * 7919) FROM n");
  close_cleanly(bench);
}

std::string first_in(const std::string& folder) {
  for (const auto& entry : stdfs::directory_iterator(folder)) {
    if (entry.path().extension() == ".jsonl") {
      return entry.path();
    }
  }
  return {};
}

} // namespace

TEST_CASE("a sound database passes and is left as it was") {
  CareBench bench;
  make_rows(bench);
  const VerifyReport report = verify_one(bench);
  CHECK(report.is_ok());
  CHECK(check_named(report, "integrity").is_ok);
  CHECK(check_named(report, "foreign-keys").is_ok);
  CHECK_FALSE(bench.fs.stat(bench.path + "-wal").has_value());
}

TEST_CASE("an empty file is an empty database") {
  CareBench bench;
  write_file(bench.path, "");
  const VerifyReport report = verify_one(bench);
  CHECK(report.is_ok());
  CHECK(check_named(report, "open").detail == "an empty database");
}

TEST_CASE("a text file is no database") {
  CareBench bench;
  write_file(bench.path, "this is a text, whatever its name says, and quite a long one at that");
  const VerifyReport report = verify_one(bench);
  CHECK_FALSE(report.is_ok());
  CHECK(check_named(report, "open").detail.find("not a database") != std::string::npos);
}

TEST_CASE("a directory is no database") {
  CareBench bench;
  stdfs::create_directory(bench.path);
  CHECK_FALSE(verify_one(bench).is_ok());
}

TEST_CASE("a truncated database does not pass") {
  for (const bool is_quick : {false, true}) {
    CareBench bench;
    make_rows(bench);
    stdfs::resize_file(bench.path, stdfs::file_size(bench.path) / 2);
    CHECK_FALSE(verify_one(bench, is_quick).is_ok());
  }
}

TEST_CASE("a flipped bit of an index does not pass the full check") {
  CareBench bench;
  make_rows(bench);
  std::string bytes;
  {
    std::ifstream file(bench.path, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
  }
  const std::size_t at = bytes.rfind("3135383338"); // hex of 15838, in the index or the table
  REQUIRE(at != std::string::npos);
  bytes[at] = '9';
  write_file(bench.path, bytes);
  const VerifyReport report = verify_one(bench);
  CHECK_FALSE(check_named(report, "integrity").is_ok);
  CHECK(check_named(report, "integrity").detail.find("index i") != std::string::npos);
}

TEST_CASE("rows without their parent are listed") {
  CareBench bench;
  bench.run("PRAGMA foreign_keys = OFF; CREATE TABLE p (id INTEGER PRIMARY KEY);"
            "CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p);"
            "INSERT INTO c VALUES (5, 1), (6, NULL), (9, 2)");
  const VerifyReport report = verify_one(bench);
  CHECK_FALSE(report.is_ok());
  REQUIRE(report.violations.size() == 2);
  CHECK(report.violations[0].table == "c");
  CHECK(report.violations[0].parent == "p");
  CHECK(report.violations[0].rowid + report.violations[1].rowid == 14);
}

TEST_CASE("a database that a newer menacedb made does not pass and says so") {
  CareBench bench;
  bench.run("CREATE TABLE menacedb_schema (name TEXT PRIMARY KEY NOT NULL, version INTEGER);"
            "INSERT INTO menacedb_schema VALUES ('store', 99)");
  const VerifyReport report = verify_one(bench);
  CHECK_FALSE(check_named(report, "schema").is_ok);
  CHECK(check_named(report, "schema").detail.find("99") != std::string::npos);
}

TEST_CASE("a locked database is busy and not broken") {
  CareBench bench(CareBench::Items{{"databases.busy_timeout", "10ms"}});
  make_rows(bench);
  const OtherProgram other(bench, "PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
  const auto error = error_of([&] { static_cast<void>(verify_one(bench)); });
  REQUIRE(error.has_value());
  CHECK(error->kind() == ErrorKind::busy);
  CHECK(error->hint().find(std::to_string(other.child.pid())) != std::string::npos);
}

TEST_CASE("a site at work passes at every stage") {
  Site site;
  CHECK(verify_spools(site).is_ok());
  site.enqueue("telemetry", "a");
  CHECK(verify_spools(site).is_ok());
  static_cast<void>(site.drain());
  CHECK(verify_spools(site).is_ok());
  site.enqueue("telemetry", "b");
  static_cast<void>(site.drain(true));
  CHECK(verify_spools(site).is_ok());
  static_cast<void>(site.drain_until_idle());
  CHECK(verify_spools(site).is_ok());
}

TEST_CASE("decided bytes that are gone from a sealed segment are a gap") {
  Site site;
  site.enqueue("telemetry", "a");
  static_cast<void>(site.drain());
  const std::string segment = first_in(site.queue_directory() + "/sealed");
  REQUIRE_FALSE(segment.empty());
  stdfs::resize_file(segment, 3);
  const Check check = check_named(verify_spools(site), "ledger");
  CHECK_FALSE(check.is_ok);
  CHECK(check.detail.find("has 3 bytes, but") != std::string::npos);
}

TEST_CASE("a segment that was rewritten is a gap") {
  Site site;
  site.enqueue("telemetry", "a");
  static_cast<void>(site.drain());
  const std::string segment = first_in(site.queue_directory() + "/sealed");
  write_file(segment, std::string(stdfs::file_size(segment), 'x'));
  CHECK(check_named(verify_spools(site), "ledger").detail.find("was rewritten") !=
        std::string::npos);
}

TEST_CASE("a decided segment that somebody deleted is a gap") {
  Site site;
  site.enqueue("telemetry", "a");
  static_cast<void>(site.drain());
  stdfs::remove(first_in(site.queue_directory() + "/sealed"));
  CHECK(check_named(verify_spools(site), "ledger").detail.find("has no file any more") !=
        std::string::npos);
}

TEST_CASE("an archive that the database does not know of is a gap") {
  Site site;
  site.enqueue("telemetry", "a");
  static_cast<void>(site.drain_until_idle());
  REQUIRE_FALSE(first_in(site.queue_directory() + "/archive").empty());
  CHECK(verify_spools(site).is_ok());
  site.execute("DELETE FROM menacedb_settled");
  const Check check = check_named(verify_spools(site), "ledger");
  CHECK_FALSE(check.is_ok);
  CHECK(check.detail.find("is archived, but only 0 of its") != std::string::npos);
}

TEST_CASE("a settled segment that came back is left over") {
  Site site;
  site.enqueue("telemetry", "a");
  static_cast<void>(site.drain_until_idle());
  const stdfs::path archived = first_in(site.queue_directory() + "/archive");
  stdfs::copy_file(archived, stdfs::path(site.queue_directory()) / "sealed" / archived.filename());
  CHECK(check_named(verify_spools(site), "ledger").detail.find("not in the archive yet") !=
        std::string::npos);
}

TEST_CASE("a line of the failed file that is no dead letter does not pass") {
  Site site;
  site.append_raw("default.jsonl", R"({"table":"nowhere","data":{"a":1}})"
                                   "\n");
  static_cast<void>(site.drain_until_idle());
  CHECK(check_named(verify_spools(site), "dead-letters").is_ok);
  std::ofstream(site.queue_directory() + "/queue.failed.jsonl", std::ios::app) << "{{{\n";
  const Check check = check_named(verify_spools(site), "dead-letters");
  CHECK_FALSE(check.is_ok);
  CHECK(check.detail.find("1 lines") == 0);
}

TEST_CASE("a symbolic link among the archived segments does not pass") {
  Site site;
  site.enqueue("telemetry", "a");
  static_cast<void>(site.drain_until_idle());
  const stdfs::path archived = first_in(site.queue_directory() + "/archive");
  stdfs::path elsewhere = site.path("elsewhere");
  stdfs::rename(archived, elsewhere);
  stdfs::create_symlink(elsewhere, archived);
  CHECK_FALSE(check_named(verify_spools(site), "segments").is_ok);
}
