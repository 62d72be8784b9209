#include "core/audit/audit_chain.hpp"
#include "tests/support/error_of.hpp"
#include "tests/unit/audit/audit_bench.hpp"
#include "tests/unit/audit/chain_check.hpp"

#include <doctest/doctest.h>

#include <cerrno>

using namespace menacedb;
using menacedb::test::AuditBench;
using menacedb::test::ChainCheck;
using menacedb::test::error_of;
using menacedb::test::FsCall;

namespace {

AuditOptions chained(const AuditBench& bench) {
  AuditOptions options = bench.options();
  options.chain = true;
  return options;
}

} // namespace

TEST_CASE("each line of a chain holds the hash of itself behind the line before") {
  AuditBench bench;
  AuditLog log(bench.fs, bench.clock, chained(bench));
  bench.append(log, "a");
  const AuditEntry two[] = {bench.entry("b"), bench.entry("c")};
  log.append(two);
  ChainCheck check;
  CHECK(check.file(bench.text()) == "");
  CHECK(check.lines == 3);
}

TEST_CASE("the first line has the hash that the manual says") {
  AuditBench bench;
  AuditLog log(bench.fs, bench.clock, chained(bench));
  bench.append(log, "bots");
  const std::string object = R"({"menace_id": "alpha", "table_name": "bots", )"
                             R"("operation": "write", "timestamp": "2026-01-02T03:04:05Z"})";
  const std::string hash = sha256_hex(std::string(64, '0') + object);
  CHECK(bench.text() == object.substr(0, object.size() - 1) + ", \"hash\": \"" + hash + "\"}\n");
}

TEST_CASE("several writers make one chain") {
  AuditBench bench;
  AuditLog first(bench.fs, bench.clock, chained(bench));
  AuditLog second(bench.fs, bench.clock, chained(bench));
  for (int i = 0; i < 3; ++i) {
    bench.append(first, "a");
    bench.append(second, "b");
  }
  ChainCheck check;
  CHECK(check.file(bench.text()) == "");
  CHECK(check.lines == 6);
}

TEST_CASE("a chain goes on over rotations and each generation tells where it begins") {
  AuditBench bench;
  AuditOptions options = chained(bench);
  options.max_bytes = 500;
  AuditLog log(bench.fs, bench.clock, options);
  for (const char* const table : {"a", "b", "c", "d", "e"}) {
    bench.append(log, table);
  }
  ChainCheck check;
  CHECK(check.file(bench.read(bench.path + ".2")) == "");
  CHECK(check.file(bench.read(bench.path + ".1")) == "");
  CHECK(check.file(bench.text()) == "");
  CHECK(check.lines == 5);
}

TEST_CASE("a chain goes on when a crash came between the rotation and the next line") {
  AuditBench bench;
  {
    AuditLog log(bench.fs, bench.clock, chained(bench));
    bench.append(log, "a");
  }
  bench.fs.rename(bench.path, bench.path + ".1");
  AuditLog log(bench.fs, bench.clock, chained(bench));
  bench.append(log, "b");
  ChainCheck check;
  CHECK(check.file(bench.read(bench.path + ".1")) == "");
  CHECK(check.file(bench.text()) == "");
}

TEST_CASE("a torn line is cut off and the chain goes on behind the last whole one") {
  AuditBench bench;
  AuditLog log(bench.fs, bench.clock, chained(bench));
  bench.append(log, "a");
  SUBCASE("of a writer that died") {
    bench.write(bench.path, "{\"menace_id\": \"alp");
  }
  SUBCASE("of our own that found no room") {
    bench.fs.fill_up_after(30);
    CHECK(error_of([&] { bench.append(log, "b"); }).has_value());
    bench.fs.heal();
  }
  SUBCASE("longer than what is looked at first") {
    bench.write(bench.path, std::string(100'000, 'x'));
  }
  bench.append(log, "c");
  ChainCheck check;
  CHECK(check.file(bench.text()) == "");
  CHECK(check.lines == 2);
}

TEST_CASE("a change of any byte of a chained line shows") {
  AuditBench bench;
  AuditLog log(bench.fs, bench.clock, chained(bench));
  for (const char* const table : {"a", "b", "c"}) {
    bench.append(log, table);
  }
  const std::string text = bench.text();
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] ^= 1;
    ChainCheck check;
    CHECK(check.file(changed) != "");
  }
}

TEST_CASE("lines without hash are stepped over") {
  AuditBench bench;
  AuditLog plain(bench.fs, bench.clock, bench.options());
  AuditLog log(bench.fs, bench.clock, chained(bench));
  bench.append(plain, "before");
  bench.append(log, "a");
  bench.append(plain, "between");
  bench.append(log, "b");
  std::istringstream lines(bench.text());
  std::string links;
  for (std::string line; std::getline(lines, line);) {
    links += read_chained_line(line) ? line + "\n" : "";
  }
  ChainCheck check;
  CHECK(check.file(links) == "");
  CHECK(check.lines == 2);
}

TEST_CASE("reads what a chained line says") {
  const std::string hash(64, 'a');
  const std::string prev(64, 'b');
  const std::string plain_line = R"({"x": 1, "hash": ")" + hash + "\"}";
  const auto plain = read_chained_line(plain_line);
  REQUIRE(plain);
  CHECK(plain->head == R"({"x": 1)");
  CHECK(plain->hash == hash);
  CHECK_FALSE(plain->prev);
  const std::string first_line = R"({"x": 1, "prev": ")" + prev + R"(", "hash": ")" + hash + "\"}";
  const auto first = read_chained_line(first_line);
  REQUIRE(first);
  CHECK(first->prev == std::string_view(prev));
  for (const std::string& line : {std::string(), std::string("{}"), "\"hash\": \"" + hash + "\"}",
                                  R"({"x": 1, "hash": ")" + hash + "0\"}",
                                  R"({"x": 1, "hash": ")" + std::string(64, 'G') + "\"}",
                                  R"({"x": 1, "hash": ")" + hash + "\" }"}) {
    CAPTURE(line);
    CHECK_FALSE(read_chained_line(line));
  }
}

TEST_CASE("writers of a chain wait for each other no longer than two seconds") {
  AuditBench bench;
  const Fd folder = bench.fs.open(bench.dir.path() + "/.", {.mode = OpenMode::read});
  REQUIRE(bench.fs.try_lock(folder, LockMode::exclusive));
  AuditLog log(bench.fs, bench.clock, chained(bench));
  const auto error = error_of([&] { bench.append(log, "a"); });
  REQUIRE(error);
  CHECK(error->code() == "lock-timeout");
  CHECK(bench.clock.slept() < std::chrono::seconds(3));
  AuditLog plain(bench.fs, bench.clock, bench.options());
  bench.append(plain, "b"); // knows no chain and waits for nobody
}
