#pragma once

#include "core/os/posix_fs.hpp"
#include "core/store/sqlite_store.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

#include <functional>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb::test {

// The real file system, which tells a test when a step is reached.
class StepFs : public PosixFs {
public:
  std::function<void(Step)> on_step;
  void reached(Step step) override {
    if (on_step) {
      on_step(step);
    }
  }
};

// A batch made by hand: rows of one slice, one after the other.
class TestBatch {
public:
  explicit TestBatch(std::uint64_t sequence = 1, Bytes begin = 0, std::uint64_t digest_before = 0) {
    Slice& slice = batch.slices.emplace_back();
    slice.segment = SegmentId{"66f1c2d3a4b5c6d7", sequence};
    slice.lane = Lane{"alpha", 5};
    slice.begin = slice.end = begin;
    slice.digest_before = digest_before;
    slice.digest_after = 1000 + begin;
    batch.destinations.emplace_back();
  }

  // `data` is a JSON object. What is special about the entry is changed in what is returned.
  Entry& row(std::string_view table, std::string_view data, Op op = Op::insert) {
    Entry& entry = batch.entries.emplace_back();
    entry.line = keep(data);
    entry.length = data.size() + 1;
    entry.offset = batch.slices.empty() ? 0 : batch.slices[0].end;
    entry.slice = batch.slices.empty() ? k_no_slice : 0;
    entry.table = keep(table);
    entry.op = op;
    entry.data = parse(entry.line);
    if (!batch.slices.empty()) {
      batch.slices[0].end += entry.length;
    }
    return entry;
  }

  // An array of strings on the tape, for hash_fields and key_fields.
  std::uint32_t list(std::string_view json) { return parse(keep(json)); }

  std::string_view keep(std::string_view text) {
    batch.texts.push_back(std::make_unique<std::string>(text));
    return *batch.texts.back();
  }

  Batch batch;

private:
  std::uint32_t parse(std::string_view text) {
    const JsonTape::Parsed parsed = batch.tape.parse(text, 1);
    if (parsed.fault) {
      throw std::runtime_error(parsed.fault->message);
    }
    return parsed.root;
  }
};

// One store in a directory of its own, on a clock that stands still.
class StoreBench {
public:
  StoreBench() { options.path = directory / "shared.db"; }
  explicit StoreBench(std::string_view schema) : StoreBench() { sql(schema); }

  SqliteStore& store() {
    if (!m_store) {
      m_store = open();
    }
    return *m_store;
  }
  std::unique_ptr<SqliteStore> open() {
    return std::make_unique<SqliteStore>(fs, clock, log, stop, options);
  }
  void close() { m_store.reset(); }

  void sql(std::string_view text) { store().database().execute(std::string(text)); }
  std::int64_t number(std::string_view query) { return store().database().query_integer(query); }
  std::string text(std::string_view query) { return store().database().query_text(query); }

  // A batch of one row in a segment of its own.
  Applied apply(std::string_view table, std::string_view data, Op op = Op::insert) {
    TestBatch batch = next_batch();
    batch.row(table, data, op);
    return store().apply(batch.batch);
  }
  TestBatch next_batch() { return TestBatch(++m_sequence); }

  TempDir directory;
  StepFs fs;
  FakeClock clock;
  Log log{LogLevel::error, LogFormat::kv, [](std::string_view) {}};
  StopFlag stop;
  SqliteStoreOptions options;

private:
  std::uint64_t m_sequence = 100;
  std::unique_ptr<SqliteStore> m_store;
};

// "dead: constraint-unique: UNIQUE constraint failed: bots.name", or "applied".
inline std::string outcome(const Applied& applied, std::size_t entry = 0) {
  if (!applied.has_won) {
    return "lost";
  }
  switch (applied.outcomes.verdicts.at(entry)) {
  case Verdict::applied:
    return "applied";
  case Verdict::duplicate:
    return "duplicate";
  case Verdict::deferred:
    return "deferred";
  case Verdict::forwarded:
    return "forwarded";
  case Verdict::dropped:
    return "dropped";
  case Verdict::dead:
    break;
  }
  for (const Outcomes::Failure& failure : applied.outcomes.failures) {
    if (failure.entry == entry) {
      return failure.fault.code + ": " + failure.fault.message;
    }
  }
  return "dead without a fault";
}

} // namespace menacedb::test
