#include "core/engine/care/backup_manifest.hpp"

#include <doctest/doctest.h>

using namespace menacedb;

namespace {

BackupManifest full_manifest() {
  BackupManifest manifest;
  manifest.files = {"global_20260102_030405_manual.db.zst"};
  manifest.source = "./shared/global.db";
  manifest.reason = "before the \"big\"\nmigration";
  manifest.created_at = parse_instant("2026-01-02T03:04:05Z");
  manifest.is_verified = true;
  manifest.bytes = 1234;
  manifest.sha256 = std::string(64, 'a');
  manifest.content = {40960, std::string(64, 'b')};
  manifest.sqlite_version = "3.40.1";
  manifest.ledger = {{"66f1c2d3a4b5c6d7", {{1, 5}, {7, 7}}, {{8, 100, 0}, {9, 0, 0}}}};
  return manifest;
}

} // namespace

TEST_CASE("a manifest reads back as it was written") {
  const auto read = decode_manifest(encode_manifest(full_manifest()));
  REQUIRE(read);
  CHECK_FALSE(read->is_old);
  CHECK(read->files == full_manifest().files);
  CHECK(read->source == "./shared/global.db");
  CHECK(read->reason == full_manifest().reason);
  CHECK(read->created_at == full_manifest().created_at);
  CHECK(read->is_verified);
  CHECK(read->bytes == 1234);
  CHECK(read->sha256 == std::string(64, 'a'));
  REQUIRE(read->content);
  CHECK(read->content->bytes == 40960);
  CHECK(read->sqlite_version == "3.40.1");
  REQUIRE(read->ledger.size() == 1);
  CHECK(read->ledger[0].spool == "66f1c2d3a4b5c6d7");
  REQUIRE(read->ledger[0].settled.size() == 2);
  CHECK(read->ledger[0].settled[0].last == 5);
  REQUIRE(read->ledger[0].under_way.size() == 2);
  CHECK(read->ledger[0].under_way[0].segment == 8);
  CHECK(read->ledger[0].under_way[0].decided == 100);
}

TEST_CASE("a manifest of an uncompressed backup has no content of its own") {
  BackupManifest manifest = full_manifest();
  manifest.content.reset();
  const std::string text = encode_manifest(manifest);
  CHECK(text.find("content_") == std::string::npos);
  CHECK_FALSE(decode_manifest(text)->content);
}

TEST_CASE("a manifest of the old tool is read") {
  const auto manifest = decode_manifest("# Created: 2026-01-02T03:04:05.123456\n"
                                        "# Reason: pre_migration_v3\n"
                                        "# Source: data/app.db\n"
                                        "app_20260102_030405_pre_migration_v3.db\n"
                                        "app_20260102_030405_pre_migration_v3.db-wal\n");
  REQUIRE(manifest);
  CHECK(manifest->is_old);
  CHECK(manifest->reason == "pre_migration_v3");
  CHECK(manifest->source == "data/app.db");
  REQUIRE(manifest->created_at);
  CHECK(manifest->files == std::vector<std::string>{"app_20260102_030405_pre_migration_v3.db",
                                                    "app_20260102_030405_pre_migration_v3.db-wal"});
  CHECK(manifest->sha256.empty());
}

TEST_CASE("what is no manifest is none") {
  CHECK_FALSE(decode_manifest(""));
  CHECK_FALSE(decode_manifest("SQLite format 3"));
  CHECK_FALSE(decode_manifest("{}"));
  CHECK_FALSE(decode_manifest(R"({"schema":"something.else/1"})"));
  CHECK_FALSE(decode_manifest("# Reason: no file at all\n"));
  CHECK_FALSE(decode_manifest("# Reason: elsewhere\n../../etc/passwd\n"));
  std::string torn = encode_manifest(full_manifest());
  torn.resize(torn.size() / 2);
  CHECK_FALSE(decode_manifest(torn));
}

TEST_CASE("members of a wrong type read as nothing") {
  const auto manifest = decode_manifest(
      R"({"schema":"menacedb.backup-manifest/1","file":"a.db","bytes":"x","sha256":5,"ledger":{}})");
  REQUIRE(manifest);
  CHECK(manifest->bytes == 0);
  CHECK(manifest->sha256.empty());
  CHECK(manifest->ledger.empty());
}
