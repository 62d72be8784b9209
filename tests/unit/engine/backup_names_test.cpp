#include "core/engine/care/backup_names.hpp"

#include <doctest/doctest.h>

using namespace menacedb;

TEST_CASE("a backup is named after its database with the time and the reason") {
  const Instant when = *parse_instant("2026-01-02T03:04:05.678Z");
  CHECK(backup_base_name("shared/global.db", when, "manual") == "global_20260102_030405_manual");
  CHECK(backup_stem("a.b/noext") == "noext");
  CHECK(backup_stem(".hidden") == ".hidden");
  CHECK(backup_directory("x.db") == "./backups");
  CHECK(backup_directory("shared/global.db") == "shared/backups");
}

TEST_CASE("a reason becomes a safe part of a name") {
  CHECK(safe_reason("a/b c") == "a_b_c");
  CHECK(safe_reason("../../etc/passwd") == "etc_passwd");
  CHECK(safe_reason("line\nbreak\x1b[31m") == "line_break_31m");
  CHECK(safe_reason("") == "manual");
  CHECK(safe_reason("///") == "manual");
  CHECK(safe_reason(std::string(10'000, 'x')).size() == 64);
}

TEST_CASE("the names of backups are read back") {
  const auto name =
      parse_backup_name("shared/global.db", "global_20260102_030405_pre_restore_2.db");
  REQUIRE(name);
  CHECK(name->when == *parse_instant("2026-01-02T03:04:05Z"));
  CHECK(name->reason == "pre_restore_2");
  CHECK_FALSE(name->is_compressed);
  CHECK(parse_backup_name("global.db", "global_20260102_030405_x.db.zst")->is_compressed);
  CHECK(parse_backup_name("global.db", "global_20260102_030405.db")); // the seed's example
  for (const char* const other :
       {"global.db", "other_20260102_030405_x.db", "global_20260102_030405_x.db.manifest",
        "global_20260102_030405_x.db-wal", "global_20261302_030405_x.db", "global_2026_x.db",
        "global_2_20260102_030405_x.db"}) {
    CAPTURE(other);
    CHECK_FALSE(parse_backup_name("global.db", other));
  }
}

TEST_CASE("the class of a backup is the first word of the setting that its reason contains") {
  const BackupClasses classes = parse_backup_classes("startup=7,migration=10,manual=20,default=5");
  REQUIRE(classes.size() == 4);
  CHECK(classes[1].second == 10);
  CHECK(backup_class(classes, "manual_before_migration") == "migration");
  CHECK(backup_class(classes, "manual") == "manual");
  CHECK(backup_class(classes, "nightly") == "default");
  CHECK(backup_class(classes, "by default") == "default");
}
