// The files of the old shell library, in both of its spellings, are written here as it wrote them.
#include "core/queue/dir_entry.hpp"

#include <doctest/doctest.h>

using namespace menacedb;

namespace {

struct Read {
  Batch batch;
  std::string text;

  explicit Read(std::string content) : text(std::move(content)) {
    decode_dir_entry(batch, text, {.name = "3_1767328963N_50032.json", .ledger_id = {}});
  }
  [[nodiscard]] const Entry& entry() const { return batch.entries.at(0); }
  [[nodiscard]] std::string fault() const {
    return entry().fault < 0 ? "" : batch.faults.at(static_cast<std::size_t>(entry().fault)).code;
  }
  [[nodiscard]] const std::string& id() const { return batch.files.at(0).ledger_id; }
};

constexpr const char* k_with_jq = R"({
  "seq": "1767328963N_50032",
  "priority": 3,
  "operation": "update_checkpoint",
  "sql": "UPDATE sessions SET note = 'a, b: {c}' WHERE id = 1;",
  "metadata": {
    "from": "hook"
  },
  "created_at": "2026-01-02T04:42:43Z",
  "retries": 1
}
)";
constexpr const char* k_without_jq =
    R"({"seq":"1767328963N_50032","priority":3,"operation":"update_checkpoint","sql":"UPDATE t SET n = 1","metadata":{},"created_at":"2026-01-02T04:42:43Z","retries":0}})";

} // namespace

TEST_CASE("an entry that jq wrote on several lines is read") {
  const Read read(k_with_jq);
  CHECK(read.fault() == "");
  CHECK(read.entry().sql == "UPDATE sessions SET note = 'a, b: {c}' WHERE id = 1;");
  CHECK(read.entry().operation == "update_checkpoint");
  CHECK(read.entry().sequence == "1767328963N_50032");
  CHECK(read.entry().attempts == 1);
  CHECK(read.entry().created_at == parse_instant("2026-01-02T04:42:43Z"));
}

TEST_CASE("an entry on one line with a brace too many and no newline is read") {
  const Read read(k_without_jq);
  CHECK(read.fault() == "");
  CHECK(read.entry().sql == "UPDATE t SET n = 1");
  CHECK(read.batch.entries.size() == 1);
  CHECK(read.batch.faults.empty());
}

TEST_CASE("what follows an entry otherwise is a fault") {
  CHECK(Read(std::string(k_without_jq) + "}").fault() == "json-trailing");
  CHECK(Read(R"({"sql":"SELECT 1"} x)").fault() == "json-trailing");
}

TEST_CASE("what is no entry becomes a fault and not an exception") {
  CHECK(Read("").fault() == "entry-empty");
  CHECK(Read("\n \n").fault() == "entry-empty");
  CHECK(Read(R"({"sql":"UPDATE t SET)").fault() == "json-syntax");
  CHECK(Read("\x7f"
             "ELF\x01\x02")
            .fault() == "json-syntax");
  CHECK(Read("[1,2]").fault() == "not-an-object");
  CHECK(Read(R"({"sql":""})").fault() == "sql-empty");
  CHECK(Read(R"({"sql":7})").fault() == "bad-field");
  CHECK(Read(R"({"sql":"SELECT 1","params":{"a":1}})").fault() == "bad-field");
}

TEST_CASE("the ledger knows an entry wherever its file is and whatever was counted in it") {
  const Read first(k_without_jq);
  std::string retried = k_without_jq;
  retried.replace(retried.find("\"retries\":0"), 11, "\"retries\":2");
  CHECK(Read(retried).id() == first.id());
  const std::string failed = encode_dir_failure(
      {"3_1767328963N_50032.json", first.entry().line, {"sql", "no such table: t"}, Instant(), {}});
  CHECK(Read(failed).id() == first.id());
  CHECK(Read(*as_replayed(failed, Instant())).id() == first.id());
  // Two writes of one process in one second, as the old library without flock numbers them.
  std::string other = k_without_jq;
  other.replace(other.find("n = 1"), 5, "n = 2");
  CHECK(Read(other).id() != first.id());
}

TEST_CASE("what is written for a failure is JSON and keeps all members") {
  const Read read(k_with_jq);
  const std::string text = encode_dir_failure({"3_1767328963N_50032.json",
                                               read.entry().line,
                                               {"sql", "near \"x\": syntax error"},
                                               *parse_instant("2026-01-02T05:00:00Z"),
                                               {}});
  JsonTape tape;
  const auto parsed = tape.parse(text, 1);
  REQUIRE_FALSE(parsed.fault);
  CHECK(tape.at(*tape.find(parsed.root, "error")).text == "near \"x\": syntax error");
  CHECK(tape.at(*tape.find(parsed.root, "failed_at")).text == "2026-01-02T05:00:00Z");
  CHECK(tape.at(*tape.find(parsed.root, "metadata")).type == JsonType::object);
  CHECK(tape.at(*tape.find(parsed.root, "retries")).integer == 1);
  // Failing again replaces the reason.
  const std::string again = encode_dir_failure({"3_1.json", text, {"sql", "other"}, Instant(), {}});
  JsonTape second;
  REQUIRE_FALSE(second.parse(again, 1).fault);
}

TEST_CASE("what cannot be read is kept in its failure") {
  const std::string text =
      encode_dir_failure({"7_12_3.json", "{broken", {"json-syntax", "why"}, Instant(), {}});
  CHECK(text.find(R"("record":"{broken")") != std::string::npos);
  CHECK(text.find(R"("priority":7)") != std::string::npos);
  const std::string binary =
      encode_dir_failure({"7_12_3.json", "\xff\xfe", {"json-utf8", "why"}, Instant(), {}});
  CHECK(binary.find(R"("record_base64":"//4=")") != std::string::npos);
}

TEST_CASE("a new entry has the fields of the old library in their order on one line") {
  NewDirEntry entry;
  entry.sequence = "1767323045000000000_7";
  entry.priority = 2;
  entry.operation = "op";
  entry.sql = "SELECT '\n'";
  entry.id = "abc";
  entry.created_at = *parse_instant("2026-01-02T03:04:05.678Z");
  CHECK(encode_dir_entry(entry).starts_with(
      R"({"seq":"1767323045000000000_7","priority":2,"operation":"op",)"));
  CHECK(encode_dir_entry(entry).find(
            R"("sql":"SELECT '\n'","metadata":{},)"
            R"("created_at":"2026-01-02T03:04:05Z","id":"abc","retries":0})") != std::string::npos);
  const std::string text = encode_dir_entry(entry);
  CHECK(text.find('\n') == text.size() - 1);
}
