#include "core/audit/audit_report.hpp"
#include "core/audit/audit_scan.hpp"
#include "core/audit/usual_line.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

namespace menacedb {
namespace {

constexpr std::string_view k_usual =
    R"({"menace_id": "alpha", "table_name": "bots", "operation": "write", "timestamp": "t"})";

struct Scanned {
  AuditScanTotals totals;
  std::vector<AuditCount> counts;
};

// Feeds pieces of `piece` bytes.
[[nodiscard]] Scanned scan(std::string_view text, std::size_t piece = 1u << 16,
                           std::optional<Instant> since = {}) {
  AuditCounts counts;
  AuditScan scan(counts, since);
  while (!text.empty()) {
    const std::span<char> room = scan.input().room();
    const std::size_t size = std::min({piece, room.size(), text.size()});
    std::copy_n(text.data(), size, room.data());
    scan.input().filled(size);
    scan.scan();
    text.remove_prefix(size);
  }
  scan.finish();
  return {scan.totals(), {counts.counts().begin(), counts.counts().end()}};
}

struct Recognised {
  std::string text; // what the views are of
  UsualLine line;
};

[[nodiscard]] std::optional<Recognised> usual(std::string line) {
  line.reserve(200);
  line += '\n';
  const std::size_t size = line.size();
  line.append(LineBuffer::k_padding, '\0');
  UsualLine read;
  const char* const end = read_usual_line(line.data(), read);
  if (end == nullptr) {
    return std::nullopt;
  }
  CHECK(end == line.data() + size);
  return Recognised{std::move(line), read};
}

[[nodiscard]] std::string without_end(std::string_view line) {
  return std::string(line.substr(0, line.size() - 1));
}

// Spells the same access so that the quick way does not know it.
[[nodiscard]] std::string unusual(std::string line) {
  return " " + line;
}

} // namespace

TEST_CASE("the usual line is recognised with its optional fields") {
  const std::string hash(64, 'a');
  for (const std::string& rest :
       {std::string(), std::string(R"(, "rows": 0)"), std::string(R"(, "rows": 123)"),
        R"(, "hash": ")" + hash + '"',
        R"(, "rows": 7, "prev": ")" + hash + R"(", "hash": ")" + hash + '"'}) {
    const auto line = usual(without_end(k_usual) + rest + "}");
    REQUIRE(line);
    CHECK(line->line.menace_id == "alpha");
    CHECK(line->line.table == "bots");
    CHECK(line->line.operation == "write");
    CHECK(line->line.time == "t");
  }
}

TEST_CASE("what is spelled in another way is left to the parser") {
  for (const std::string& line :
       {unusual(std::string(k_usual)), std::string(k_usual) + " ", without_end(k_usual),
        without_end(k_usual) + R"(, "rows": 01})", without_end(k_usual) + R"(, "rows": -1})",
        without_end(k_usual) + R"(, "rows": })", without_end(k_usual) + R"(, "other": 1})",
        without_end(k_usual) + R"(, "hash": "a\n"})", std::string(),
        std::string(
            R"({"menace_id": "al\u0070ha", "table_name": "b", "operation": "w", "timestamp": ""})"),
        std::string("{\"menace_id\": \"al\x7fpha\", \"table_name\": \"b\", \"operation\": \"w\", "
                    "\"timestamp\": \"\"}")}) {
    CHECK_FALSE(usual(line));
  }
}

TEST_CASE("an access counts the same however its line is spelled") {
  const std::string text = std::string(k_usual) + "\n" + unusual(std::string(k_usual)) + "\n" +
                           R"({"operation":"wr\u0069te","table_name":"bots","menace_id":"alpha"})"
                           "\n" +
                           R"({"action": "write", "table": "bots", "menace_id": "alpha"})";
  for (const std::size_t piece : {1u, 7u, 64u, 4096u}) {
    const Scanned scanned = scan(text, piece);
    REQUIRE(scanned.counts.size() == 1);
    CHECK(scanned.counts[0].count == 4);
    CHECK(scanned.totals.entries == 4);
    CHECK(scanned.totals.malformed == 0);
  }
}

TEST_CASE("names that only look alike are counted apart") {
  const std::string id = R"(a\", \"table_name\": \"b)";
  const std::string text =
      R"({"menace_id": ")" + id +
      R"(", "table_name": "t", "operation": "o"})"
      "\n" +
      R"({"menace_id": "a", "table_name": "b\", \"table_name\": \"t", "operation": "o"})";
  CHECK(scan(text).counts.size() == 2);
}

TEST_CASE("a malformed line is counted with its number and the rest goes on") {
  const std::string good(k_usual);
  const std::string text = good + "\n\n[1]\nnull\n{}\n" + std::string(5'000'000, 'x') + "\n" +
                           R"({"menace_id": 1, "table_name": "b", "operation": "c"})"
                           "\n" +
                           good;
  for (const std::size_t piece : {1000u, 1u << 18}) {
    const Scanned scanned = scan(text, piece);
    CHECK(scanned.totals.lines == 8);
    CHECK(scanned.totals.entries == 2);
    CHECK(scanned.totals.malformed == 5);
    CHECK(scanned.totals.first_malformed == 3);
  }
}

TEST_CASE("a line of great length takes no memory and is one malformed line") {
  AuditCounts counts;
  AuditScan scan(counts);
  for (int i = 0; i < 4096; ++i) { // a GiB
    const std::span<char> room = scan.input().room();
    room[0] = 'x';
    scan.input().filled(room.size());
    scan.scan();
    REQUIRE(scan.input().room().size() == room.size());
  }
  scan.finish();
  CHECK(scan.totals().lines == 1);
  CHECK(scan.totals().malformed == 1);
}

TEST_CASE("entries before a time are left out in both spellings of time") {
  const std::string old(
      R"({"menace_id": "a", "table_name": "b", "operation": "c", "timestamp": "2024-05-14T11:59:59.999999"})");
  const std::string young(
      R"({"menace_id": "a", "table_name": "b", "operation": "c", "timestamp": "2024-05-14T12:00:00Z"})");
  const std::string text = old + "\n" + young + "\n" + unusual(old) + "\n" + unusual(young) + "\n" +
                           std::string(k_usual) + "\n";
  const Scanned scanned = scan(text, 100, parse_instant("2024-05-14T12:00:00Z"));
  CHECK(scanned.totals.entries == 2);
  CHECK(scanned.totals.skipped == 2);
  CHECK(scanned.totals.malformed == 1);
  CHECK(scanned.totals.first_malformed == 5);
}

TEST_CASE("many keys are counted right while the table grows") {
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    text += R"({"menace_id": "id)" + std::to_string(i % 5000) +
            R"(", "table_name": "bots", "operation": "read", "timestamp": "t"})"
            "\n";
  }
  const Scanned scanned = scan(text);
  CHECK(scanned.counts.size() == 5000);
  CHECK(std::ranges::all_of(scanned.counts,
                            [](const AuditCount& count) { return count.count == 4; }));
}

TEST_CASE("quick way and parser agree on lines changed at random") {
  std::mt19937 random(11);
  const std::string line = without_end(k_usual) + R"(, "rows": 12, "hash": "ab"})";
  for (int i = 0; i < 20'000; ++i) {
    std::string changed = line;
    for (auto n = random() % 3; n > 0; --n) {
      constexpr std::string_view k_bytes = "\"\\{}:, 0aA\x7f\xc3\xa9\n-";
      changed[random() % changed.size()] = k_bytes[random() % k_bytes.size()];
    }
    // A blank in front keeps the quick way from it.
    std::string slow;
    for (std::size_t begin = 0; begin <= changed.size();) {
      const std::size_t end = std::min(changed.find('\n', begin), changed.size());
      slow += " " + changed.substr(begin, end - begin) + "\n";
      begin = end + 1;
    }
    const Scanned a = scan(changed + "\n");
    const Scanned b = scan(slow);
    REQUIRE(a.totals.entries == b.totals.entries);
    REQUIRE(a.totals.malformed == b.totals.malformed);
    REQUIRE(a.counts.size() == b.counts.size());
    for (std::size_t n = 0; n < a.counts.size(); ++n) {
      REQUIRE(a.counts[n].menace_id == b.counts[n].menace_id);
      REQUIRE(a.counts[n].operation == b.counts[n].operation);
    }
  }
}

TEST_CASE("only tables with two writers are shared and readers of them count too") {
  AuditCounts counts;
  counts.add({"a", "bots", "write"});
  counts.add({"a", "bots", "read"});
  counts.add({"b", "bots", "upsert"});
  counts.add({"c", "bots", "read"});
  counts.add({"c", "code", "write"});
  counts.add({"d", "code", "read"});
  const AuditReport report = make_audit_report(counts, 0);
  REQUIRE(report.top_shared_writers.size() == 3);
  CHECK(report.top_shared_writers[0].menace_id == "a");
  CHECK(report.top_shared_writers[0].count == 2);
  CHECK(make_audit_report(counts, 1).top_shared_writers.size() == 1);
}

} // namespace menacedb
