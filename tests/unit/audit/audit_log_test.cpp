#include "tests/support/error_of.hpp"
#include "tests/unit/audit/audit_bench.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <unistd.h>

using namespace menacedb;
using menacedb::test::AuditBench;
using menacedb::test::error_of;
using menacedb::test::FsCall;

namespace {

// "bots memory": the tables of the lines of a file; "?" for a line that is no audit line.
std::string tables_of(const std::string& text) {
  std::string tables;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t field = line.find("\"table_name\": \"");
    const std::size_t begin = field + 15;
    const bool is_line = line.starts_with("{\"menace_id\"") && line.ends_with("}");
    tables += tables.empty() ? "" : " ";
    tables += is_line ? line.substr(begin, line.find('"', begin) - begin) : "?";
  }
  return tables;
}

} // namespace

TEST_CASE("appends lines in the order of the calls") {
  AuditBench bench;
  AuditLog log(bench.fs, bench.clock, bench.options());
  bench.append(log, "bots");
  const AuditEntry two[] = {bench.entry("memory"), bench.entry("code")};
  log.append(two);
  CHECK(tables_of(bench.text()) == "bots memory code");
}

TEST_CASE("appends all entries of a call with one write") {
  AuditBench bench;
  AuditLog log(bench.fs, bench.clock, bench.options());
  bench.append(log, "bots");
  bench.fs.forget_records();
  const AuditEntry two[] = {bench.entry("memory"), bench.entry("code")};
  log.append(two);
  CHECK(bench.fs.changes() == "write");
  CHECK(bench.fs.count(FsCall::stat) == 0);
  CHECK(bench.fs.count(FsCall::lock) == 0);
}

TEST_CASE("opens nothing before the first entry") {
  AuditBench bench;
  AuditLog log(bench.fs, bench.clock, bench.options());
  log.append({});
  CHECK(bench.fs.records().empty());
}

TEST_CASE("creates the folders of the log") {
  AuditBench bench;
  AuditOptions options = bench.options();
  options.path = bench.dir / "a/b/audit.log";
  AuditLog log(bench.fs, bench.clock, options);
  bench.append(log, "bots");
  CHECK(tables_of(bench.read(options.path)) == "bots");
}

TEST_CASE("a path that is no file is refused and nothing waits") {
  AuditBench bench;
  AuditLog log(bench.fs, bench.clock, bench.options());
  SUBCASE("a directory") {
    std::filesystem::create_directory(bench.path);
  }
  SUBCASE("a pipe that nobody reads") {
    REQUIRE(::mkfifo(bench.path.c_str(), 0600) == 0);
  }
  SUBCASE("a symlink to a file") {
    bench.write(bench.dir / "other", "");
    std::filesystem::create_symlink(bench.dir / "other", bench.path);
  }
  SUBCASE("a file that may not be read or written") {
    bench.fs.fail(
        {.call = FsCall::open, .error_number = EACCES, .is_lasting = true, .path_part = {}});
  }
  CHECK(error_of([&] { bench.append(log, "bots"); }).has_value());
}

TEST_CASE("works again when the trouble is over") {
  AuditBench bench;
  std::filesystem::create_directory(bench.path);
  AuditLog log(bench.fs, bench.clock, bench.options());
  CHECK(error_of([&] { bench.append(log, "bots"); }).has_value());
  std::filesystem::remove(bench.path);
  bench.append(log, "memory");
  CHECK(tables_of(bench.text()) == "memory");
}

TEST_CASE("a line that found no room is torn and the next is not glued to it") {
  AuditBench bench;
  AuditLog log(bench.fs, bench.clock, bench.options());
  bench.append(log, "bots");
  bench.fs.fill_up_after(20);
  const auto error = error_of([&] { bench.append(log, "code"); });
  REQUIRE(error);
  CHECK(error->code() == "disk-full");
  CHECK(error_of([&] { bench.append(log, "code"); }).has_value());
  bench.fs.heal();
  bench.append(log, "memory");
  bench.append(log, "errors");
  CHECK(tables_of(bench.text()) == "bots ? memory errors");
}

TEST_CASE("a line is not glued to the torn line of a writer that died") {
  AuditBench bench;
  AuditLog log(bench.fs, bench.clock, bench.options());
  SUBCASE("before the log was opened") {
    bench.write(bench.path, "{\"menace");
    bench.append(log, "bots");
    CHECK(tables_of(bench.text()) == "? bots");
  }
  SUBCASE("between two lines") {
    bench.append(log, "code");
    bench.write(bench.path, "{\"menace");
    bench.append(log, "bots");
    const std::string tables = tables_of(bench.text());
    CHECK(tables.starts_with("code ?"));
    CHECK(tables.ends_with(" bots"));
  }
}

TEST_CASE("a whole line of another writer between two of ours is left alone") {
  AuditBench bench;
  AuditLog log(bench.fs, bench.clock, bench.options());
  AuditLog other(bench.fs, bench.clock, bench.options());
  bench.append(log, "bots");
  bench.append(other, "code");
  bench.append(log, "memory");
  CHECK(tables_of(bench.text()) == "bots code memory");
}

TEST_CASE("rotates before the file grows beyond its limit") {
  AuditBench bench;
  AuditOptions options = bench.options();
  options.max_bytes = 250;
  AuditLog log(bench.fs, bench.clock, options);
  for (const char* const table : {"a", "b", "c", "d", "e"}) {
    bench.append(log, table);
  }
  CHECK(tables_of(bench.text()) == "e");
  CHECK(tables_of(bench.read(bench.path + ".1")) == "c d");
  CHECK(tables_of(bench.read(bench.path + ".2")) == "a b");
}

TEST_CASE("keeps as many generations as asked for") {
  AuditBench bench;
  AuditOptions options = bench.options();
  options.max_bytes = 1;
  options.backups = 2;
  AuditLog log(bench.fs, bench.clock, options);
  for (const char* const table : {"a", "b", "c", "d", "e"}) {
    bench.append(log, table);
  }
  CHECK(tables_of(bench.text()) == "e");
  CHECK(tables_of(bench.read(bench.path + ".1")) == "d");
  CHECK(tables_of(bench.read(bench.path + ".2")) == "c");
  CHECK_FALSE(std::filesystem::exists(bench.path + ".3"));
}

TEST_CASE("without backups the file grows") {
  AuditBench bench;
  AuditOptions options = bench.options();
  options.max_bytes = 1;
  options.backups = 0;
  AuditLog log(bench.fs, bench.clock, options);
  bench.append(log, "a");
  bench.append(log, "b");
  CHECK(tables_of(bench.text()) == "a b");
}

TEST_CASE("rotates when the first line is too old") {
  AuditBench bench;
  AuditOptions options = bench.options();
  options.max_age = std::chrono::hours(1);
  bench.write(bench.path, "");
  {
    AuditLog log(bench.fs, bench.clock, options);
    bench.append(log, "a");
    bench.clock.advance(std::chrono::minutes(59));
    bench.append(log, "b");
  }
  AuditLog log(bench.fs, bench.clock, options); // learns the age from the file
  bench.append(log, "c");
  bench.clock.advance(std::chrono::minutes(1));
  bench.append(log, "d");
  CHECK(tables_of(bench.read(bench.path + ".1")) == "a b c");
  CHECK(tables_of(bench.text()) == "d");
}

TEST_CASE("a rotation by another process is followed") {
  AuditBench bench;
  AuditOptions options = bench.options();
  AuditLog log(bench.fs, bench.clock, options);
  bench.append(log, "a");
  SUBCASE("within a second when it was renamed from outside") {
    std::filesystem::rename(bench.path, bench.path + ".old");
    bench.append(log, "b"); // not lost, but in the renamed file
    bench.clock.advance(std::chrono::seconds(1));
    bench.append(log, "c");
    CHECK(tables_of(bench.read(bench.path + ".old")) == "a b");
    CHECK(tables_of(bench.text()) == "c");
  }
  SUBCASE("within a second when it was deleted") {
    std::filesystem::remove(bench.path);
    bench.clock.advance(std::chrono::seconds(1));
    bench.append(log, "c");
    CHECK(tables_of(bench.text()) == "c");
  }
  SUBCASE("after one line when it was rotated for its size") {
    options.max_bytes = 250;
    AuditLog first(bench.fs, bench.clock, options);
    AuditLog second(bench.fs, bench.clock, options);
    bench.append(first, "b");
    bench.append(second, "c");
    bench.append(second, "d");
    bench.append(first, "e"); // behind c, in the generation it has open
    bench.append(first, "f");
    CHECK(tables_of(bench.read(bench.path + ".1") + bench.text()).find('?') == std::string::npos);
    CHECK(tables_of(bench.text()).ends_with("f"));
  }
}

TEST_CASE("a generation that somebody has open is kept beyond the limit until it is free") {
  AuditBench bench;
  AuditOptions options = bench.options();
  AuditLog idle(bench.fs, bench.clock, options); // never rotates by itself
  bench.append(idle, "a");
  options.max_bytes = 1;
  options.backups = 1;
  AuditLog log(bench.fs, bench.clock, options);
  for (const char* const table : {"b", "c", "d"}) {
    bench.append(log, table);
  }
  bench.append(idle, "late");
  CHECK(tables_of(bench.read(bench.path + ".3")) == "a late");
  CHECK(tables_of(bench.read(bench.path + ".1")) == "c");
  CHECK_FALSE(std::filesystem::exists(bench.path + ".2"));
}

TEST_CASE("a crash in a rotation leaves a gap that the next one fills and no generation is lost") {
  AuditBench bench;
  AuditOptions options = bench.options();
  options.max_bytes = 1;
  bench.write(bench.path + ".2", "{\"menace_id\": \"x\", \"table_name\": \"old\"}\n");
  AuditLog log(bench.fs, bench.clock, options);
  bench.append(log, "a");
  bench.append(log, "b");
  CHECK(tables_of(bench.read(bench.path + ".1")) == "a");
  CHECK(tables_of(bench.read(bench.path + ".2")) == "old");
}

TEST_CASE("a log that cannot be rotated is written on and the trouble is told") {
  AuditBench bench;
  AuditOptions options = bench.options();
  options.max_bytes = 1;
  AuditLog log(bench.fs, bench.clock, options);
  bench.append(log, "a");
  bench.fs.fail(
      {.call = FsCall::rename, .error_number = EACCES, .is_lasting = true, .path_part = {}});
  const auto error = error_of([&] { bench.append(log, "b"); });
  REQUIRE(error);
  CHECK(error->code() == "audit-unrotated");
  bench.append(log, "c"); // tried again after a minute only
  CHECK(tables_of(bench.text()) == "a b c");
  bench.fs.heal();
  bench.clock.advance(std::chrono::minutes(1));
  bench.append(log, "d");
  CHECK(tables_of(bench.text()) == "d");
}

TEST_CASE("a foreign lock holds an access up for two seconds and only once") {
  AuditBench bench;
  bench.write(bench.path, "");
  const Fd file = bench.fs.open(bench.path, {.mode = OpenMode::read});
  REQUIRE(bench.fs.try_lock(file, LockMode::exclusive));
  AuditLog log(bench.fs, bench.clock, bench.options());
  const auto error = error_of([&] { bench.append(log, "a"); });
  REQUIRE(error);
  CHECK(error->code() == "lock-timeout");
  const Duration waited = bench.clock.slept();
  CHECK(waited >= std::chrono::seconds(2));
  CHECK(waited < std::chrono::seconds(3));
  CHECK(error_of([&] { bench.append(log, "b"); }).has_value());
  CHECK(bench.clock.slept() == waited);
  bench.fs.unlock(file);
  bench.append(log, "c");
  CHECK(tables_of(bench.text()) == "c");
}
