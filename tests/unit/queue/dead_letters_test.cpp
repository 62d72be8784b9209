#include "core/queue/dead_letters.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fault_fs.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace menacedb;

namespace {

DeadLetter letter_of(const std::string& line, Bytes offset = 7) {
  DeadLetter letter;
  letter.line = line;
  letter.error = "no such table: nope";
  letter.code = "table-unknown";
  letter.table = "nope";
  letter.origin = "alpha";
  letter.queue = "alpha.jsonl";
  letter.segment = SegmentId{"66f1c2d3a4b5c6d7", 42};
  letter.offset = offset;
  letter.attempts = 1;
  letter.failed_at = parse_instant("2026-01-02T03:04:05Z");
  letter.row = 3;
  return letter;
}

DeadLetter back(const DeadLetter& letter) {
  const std::string line = encode_dead_letter(letter);
  REQUIRE(line.back() == '\n');
  CHECK(line.find('\n') == line.size() - 1);
  return decode_dead_letter(std::string_view(line).substr(0, line.size() - 1)).value();
}

struct Bench {
  test::TempDir directory;
  test::FaultFs fs;
  DeadLetterFile file{fs, directory / "queue.failed.jsonl"};

  [[nodiscard]] std::string path() const { return directory / "queue.failed.jsonl"; }
  [[nodiscard]] static std::string read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  void write(const std::string& text) const { std::ofstream(path(), std::ios::app) << text; }
  Bytes append(const std::vector<DeadLetter>& letters, Bytes known_size = 0) {
    return file.append(letters, known_size);
  }
};

} // namespace

TEST_CASE("a dead letter holds the old fields and ours") {
  CHECK(encode_dead_letter(letter_of(R"({"table": "nope"})")) ==
        R"({"record":{"table": "nope"},"error":"no such table: nope",)"
        R"("failed_at":"2026-01-02T03:04:05Z","code":"table-unknown","table":"nope",)"
        R"("origin":"alpha","queue":"alpha.jsonl","segment":"66f1c2d3a4b5c6d7.42","offset":7,)"
        R"("attempts":1,"row":3})"
        "\n");
}

TEST_CASE("a dead letter comes back as it was") {
  const DeadLetter letter = back(letter_of(R"({"table": "nope",  "data": {"ü": [1]}})"));
  CHECK(letter.line == R"({"table": "nope",  "data": {"ü": [1]}})");
  CHECK(letter.error == "no such table: nope");
  CHECK(letter.code == "table-unknown");
  CHECK(letter.table == "nope");
  CHECK(letter.origin == "alpha");
  CHECK(letter.queue == "alpha.jsonl");
  CHECK(letter.segment == SegmentId{"66f1c2d3a4b5c6d7", 42});
  CHECK(letter.offset == 7);
  CHECK(letter.attempts == 1);
  CHECK(letter.row == 3);
  CHECK(letter.failed_at == parse_instant("2026-01-02T03:04:05Z"));
  CHECK_FALSE(letter.is_truncated);
}

TEST_CASE("text that is no JSON object is kept verbatim whatever it is") {
  for (const std::string& line :
       {std::string("{broken"), std::string("[1,2]"), std::string("\"str\""), std::string("5"),
        std::string("{\"a\":1,\"a\":2}"), std::string("a\0b", 3), std::string("\xff\xfe{"),
        std::string("\xef\xbb\xbf{}x"), std::string("  {\"a\": tru"), std::string(999, '['),
        std::string(998, '[') + std::string(998, ']')}) {
    CAPTURE(line);
    CHECK(back(letter_of(line)).line == line);
  }
}

TEST_CASE("a prefix of a long line says that it is one") {
  DeadLetter letter = letter_of(R"({"a":1})");
  letter.is_truncated = true;
  CHECK(back(letter).is_truncated);
  CHECK(back(letter).line == R"({"a":1})");
}

TEST_CASE("dead letters of the old worker are read") {
  const auto failed = decode_dead_letter(
      R"({"record": {"table": "nope", "data": {}}, "error": "no such table: nope"})");
  REQUIRE(failed.has_value());
  CHECK(failed->line == R"({"table": "nope", "data": {}})");
  CHECK(failed->error == "no such table: nope");
  CHECK_FALSE(failed->segment.has_value());
  const auto raw = decode_dead_letter(R"({"record": "{broken", "error": "Expecting"})");
  REQUIRE(raw.has_value());
  CHECK(raw->line == "{broken");
}

TEST_CASE("other lines are no dead letters") {
  for (const char* line : {"", "x", "[]", "{}", R"({"record":{}})", R"({"error":"x"})",
                           R"({"record_base64":"***","error":"x"})"}) {
    CHECK_FALSE(decode_dead_letter(line).has_value());
  }
}

TEST_CASE("an export that is repeated adds nothing") {
  Bench bench;
  const std::vector<DeadLetter> letters{letter_of("{}", 1), letter_of("{}", 2)};
  const Bytes size = bench.append(letters);
  const std::string text = Bench::read(bench.path());
  CHECK(text == encode_dead_letter(letters[0]) + encode_dead_letter(letters[1]));
  CHECK(size == text.size());
  CHECK(bench.append(letters) == size);
  CHECK(bench.append({letter_of("{}", 2), letter_of("{}", 3)}) > size);
  CHECK(Bench::read(bench.path()) == text + encode_dead_letter(letter_of("{}", 3)));
}

TEST_CASE("an export looks only at what it does not know") {
  Bench bench;
  const Bytes size = bench.append({letter_of("{}", 1)});
  CHECK(bench.append({letter_of("{}", 1)}, size) > size); // the caller knows better
}

TEST_CASE("an export to a file that got shorter looks at all of it") {
  Bench bench;
  (void)bench.append({letter_of("{}", 1)});
  const Bytes size = bench.append({letter_of("{}", 1)}, 1u << 20);
  CHECK(Bench::read(bench.path()) == encode_dead_letter(letter_of("{}", 1)));
  CHECK(size == encode_dead_letter(letter_of("{}", 1)).size());
}

TEST_CASE("a torn tail gets its newline before the next letter") {
  Bench bench;
  bench.write("{\"line\":{");
  (void)bench.append({letter_of("{}", 1)});
  CHECK(Bench::read(bench.path()) == "{\"line\":{\n" + encode_dead_letter(letter_of("{}", 1)));
}

TEST_CASE("what is left of an export that was cut becomes blank") {
  const std::vector<DeadLetter> letters{letter_of("{}", 1), letter_of("{}", 2)};
  const std::string first = encode_dead_letter(letters[0]);
  const std::string second = encode_dead_letter(letters[1]);
  const std::string old = "{\"line\": \"x\", \"error\": \"y\"}\n";
  const std::string zeros(40, '\0');

  SUBCASE("a beginning") {
    Bench bench;
    bench.write(old + first + second.substr(0, 30));
    (void)bench.append(letters);
    CHECK(Bench::read(bench.path()) == old + first + std::string(30, ' ') + "\n" + second);
  }
  SUBCASE("nothing but the size") {
    Bench bench;
    bench.write(old + zeros);
    (void)bench.append(letters);
    CHECK(Bench::read(bench.path()) == old + std::string(40, ' ') + "\n" + first + second);
  }
  SUBCASE("an end behind zeros") {
    Bench bench;
    bench.write(old + zeros + first.substr(40) + second + old);
    (void)bench.append(letters);
    CHECK(Bench::read(bench.path()) ==
          old + std::string(first.size() - 1, ' ') + "\n" + second + old + first);
  }
  SUBCASE("but nothing that somebody else wrote") {
    Bench bench;
    bench.write(zeros + "other\n");
    (void)bench.append(letters);
    CHECK(Bench::read(bench.path()) == zeros + "other\n" + first + second);
  }
  SUBCASE("and nothing that a commit knew") {
    Bench bench;
    bench.write(zeros + "\n");
    (void)bench.append(letters, 41);
    CHECK(Bench::read(bench.path()) == zeros + "\n" + first + second);
  }
}

TEST_CASE("the name of the failed file is synced until a commit knew the file") {
  Bench bench;
  bench.write(encode_dead_letter(letter_of("{}", 1))); // by one who died before its sync
  const Bytes size = bench.append({letter_of("{}", 1)});
  CHECK(bench.fs.count(test::FsCall::sync_directory) == 1);
  (void)bench.append({letter_of("{}", 2)}, size);
  CHECK(bench.fs.count(test::FsCall::sync_directory) == 1);
}

TEST_CASE("a full disk leaves no half letter") {
  Bench bench;
  (void)bench.append({letter_of("{}", 1)});
  const std::string before = Bench::read(bench.path());
  bench.fs.fill_up_after(20);
  CHECK(test::error_of([&] { (void)bench.append({letter_of("{}", 2)}); }).value().code() ==
        "disk-full");
  CHECK(Bench::read(bench.path()) == before);
}

TEST_CASE("reading visits every line in order and says what is no letter") {
  Bench bench;
  bench.write("\nnot a letter\n");
  (void)bench.append({letter_of("{}", 1)});
  bench.write("{\"record\":\"x\",\"error\":\"y\"}"); // without newline
  std::vector<std::string> seen;
  bench.file.read([&](const DeadLetterFile::Line& line) {
    seen.push_back(line.letter ? line.letter->error : "none: " + std::string(line.text));
    return true;
  });
  CHECK(seen == std::vector<std::string>{"none: not a letter", "no such table: nope", "y"});
  int visits = 0;
  bench.file.read([&](const DeadLetterFile::Line&) {
    ++visits;
    return false;
  });
  CHECK(visits == 1);
}

TEST_CASE("reading takes lines far longer than its buffer") {
  Bench bench;
  const std::string text(3u << 20, 'x');
  (void)bench.append({letter_of(text, 1), letter_of("{}", 2)});
  std::vector<std::size_t> sizes;
  bench.file.read([&](const DeadLetterFile::Line& line) {
    sizes.push_back(line.letter.value().line.size());
    return true;
  });
  CHECK(sizes == std::vector<std::size_t>{text.size(), 2});
}

TEST_CASE("a rewrite leaves out what is not kept and keeps mode and the rest verbatim") {
  Bench bench;
  bench.write("odd line\n\n");
  (void)bench.append({letter_of("{}", 1), letter_of("{}", 2), letter_of("{}", 3)});
  std::filesystem::permissions(bench.path(), std::filesystem::perms(0640));
  const std::uint64_t removed = bench.file.rewrite(
      [](const DeadLetterFile::Line& line) { return !line.letter || line.letter->offset != 2; });
  CHECK(removed == 1);
  CHECK(Bench::read(bench.path()) == "odd line\n\n" + encode_dead_letter(letter_of("{}", 1)) +
                                         encode_dead_letter(letter_of("{}", 3)));
  CHECK(bench.fs.stat(bench.path()).value().mode == 0640);
  CHECK_FALSE(std::filesystem::exists(bench.path() + ".tmp"));
}

TEST_CASE("a rewrite that keeps all or finds no file changes nothing") {
  Bench bench;
  CHECK(bench.file.rewrite([](const auto&) { return false; }) == 0);
  (void)bench.append({letter_of("{}", 1)});
  const FileId id = bench.fs.stat(bench.path()).value().id;
  CHECK(bench.file.rewrite([](const auto&) { return true; }) == 0);
  CHECK(bench.fs.stat(bench.path()).value().id == id);
}

TEST_CASE("backups do not overwrite each other") {
  Bench bench;
  CHECK(bench.file.back_up().empty());
  (void)bench.append({letter_of("{}", 1)});
  const std::string first = Bench::read(bench.path());
  CHECK(bench.file.back_up() == bench.path() + ".bak");
  (void)bench.append({letter_of("{}", 2)});
  CHECK(bench.file.back_up() == bench.path() + ".bak.1");
  CHECK(bench.file.back_up() == bench.path() + ".bak.2");
  CHECK(Bench::read(bench.path() + ".bak") == first);
  CHECK(Bench::read(bench.path() + ".bak.1") == Bench::read(bench.path()));
}

TEST_CASE("a link in the place of the failed file is refused") {
  Bench bench;
  std::filesystem::create_symlink(bench.directory / "outside", bench.path());
  CHECK(test::error_of([&] { (void)bench.append({letter_of("{}", 1)}); }).value().kind() ==
        ErrorKind::denied);
}
