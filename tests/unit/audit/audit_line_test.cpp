#include "core/audit/audit_line.hpp"

#include <doctest/doctest.h>

using namespace menacedb;

namespace {

std::string line_of(const AuditEntry& entry) {
  std::string line;
  AuditLineWriter().append(line, entry);
  return line;
}

Instant at(const char* text) {
  return parse_instant(text).value();
}

} // namespace

TEST_CASE("a line has the fields of the old router in their order") {
  CHECK(line_of({"alpha", "bots", "write", at("2024-05-14T12:00:00Z"), std::nullopt}) ==
        R"({"menace_id": "alpha", "table_name": "bots", "operation": "write", )"
        R"("timestamp": "2024-05-14T12:00:00Z"})"
        "\n");
}

TEST_CASE("a line says how many rows it was about where that is known") {
  CHECK(line_of({"a", "b", "insert", at("2024-05-14T12:00:00Z"), 0}).ends_with(", \"rows\": 0}\n"));
  CHECK(line_of({"a", "b", "insert", at("2024-05-14T12:00:00Z"), 18446744073709551615u})
            .ends_with(", \"rows\": 18446744073709551615}\n"));
}

TEST_CASE("times keep their microseconds and are written like all others") {
  std::string lines;
  AuditLineWriter writer;
  for (const char* const text :
       {"2024-05-14T12:00:00.25Z", "2024-05-14T12:00:00.000001Z", "2024-05-14T12:00:00.999999Z",
        "2024-05-14T12:00:01Z", "1969-12-31T23:59:59.5Z", "2024-05-14T12:00:00Z"}) {
    lines.clear();
    writer.append(lines, {"a", "b", "read", at(text), std::nullopt});
    CHECK(lines.find("\"timestamp\": \"" + format_instant(at(text)) + "\"}\n") !=
          std::string::npos);
  }
}

TEST_CASE("a name cannot break out of its line") {
  const std::string line =
      line_of({"a\"\n\x1b[2J", "b\\\xff", "\xc3\xa9", at("2024-05-14T12:00:00Z"), std::nullopt});
  CHECK(line.starts_with(R"({"menace_id": "a\"\n\u001b[2J", "table_name": "b\\\ufffd", )"
                         R"("operation": "\u00e9", )"));
  CHECK(line.find('\n') == line.size() - 1);
}
