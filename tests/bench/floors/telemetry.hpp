// What the two drain floors share: the rows of a queue file, parsed with simdjson, and a database
// connection set up as a careful program would.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <simdjson.h>
#include <string_view>
#include <unistd.h>

struct Row {
  bool active;
  std::string_view name;
  std::string_view note;
  double score;
  std::int64_t seq;
};

// Calls `use` for each row of the file. The members are asked for in the order in which the lines
// have them, which simdjson rewards.
template <typename Use>
void for_each_row(const char* path, Use use) {
  constexpr std::size_t capacity = std::size_t{1} << 20;
  auto buffer = std::make_unique<char[]>(capacity + simdjson::SIMDJSON_PADDING);
  simdjson::ondemand::parser parser;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  std::size_t held = 0;
  ssize_t got = 0;
  while ((got = read(fd, buffer.get() + held, capacity - held)) > 0) {
    held += static_cast<std::size_t>(got);
    const char* begin = buffer.get();
    const char* end = begin + held;
    while (const void* found = memchr(begin, '\n', static_cast<std::size_t>(end - begin))) {
      const char* newline = static_cast<const char*>(found);
      const auto length = static_cast<std::size_t>(newline - begin);
      auto line = parser.iterate(begin, length, length + simdjson::SIMDJSON_PADDING);
      simdjson::ondemand::object data = line["data"].get_object();
      Row row{};
      row.active = data["active"].get_bool();
      row.name = data["name"].get_string();
      row.note = data["note"].get_string();
      row.score = data["score"].get_double();
      row.seq = data["seq"].get_int64();
      use(row);
      begin = newline + 1;
    }
    held = static_cast<std::size_t>(end - begin);
    memmove(buffer.get(), begin, held);
  }
  close(fd);
}

class Connection {
public:
  explicit Connection(const char* path) {
    check(sqlite3_open(path, &m_db));
    run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-64000");
  }
  ~Connection() { sqlite3_close(m_db); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void run(const char* sql) { check(sqlite3_exec(m_db, sql, nullptr, nullptr, nullptr)); }

  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v3(m_db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
    return statement;
  }

  // Runs an insert whose values are bound, in transactions of 10 000.
  void insert(sqlite3_stmt* statement) {
    if (m_rows % 10'000 == 0) {
      run(m_rows == 0 ? "BEGIN IMMEDIATE" : "COMMIT; BEGIN IMMEDIATE");
    }
    ++m_rows;
    if (sqlite3_step(statement) != SQLITE_DONE) {
      check(sqlite3_errcode(m_db));
    }
    m_applied += sqlite3_changes(m_db);
    sqlite3_reset(statement);
  }

  // Commits the rest; says what was done in the words of `menacedb sync --json`.
  void finish(sqlite3_stmt* statement) {
    sqlite3_finalize(statement);
    if (m_rows > 0) {
      run("COMMIT");
    }
    std::printf("{\"applied\": %lld, \"duplicates\": %lld}\n", static_cast<long long>(m_applied),
                static_cast<long long>(m_rows - m_applied));
  }

private:
  void check(int code) {
    if (code != SQLITE_OK) {
      std::fprintf(stderr, "floor: %s\n", sqlite3_errmsg(m_db));
      std::exit(1);
    }
  }

  sqlite3* m_db = nullptr;
  std::int64_t m_rows = 0;
  std::int64_t m_applied = 0;
};

inline void bind_text(sqlite3_stmt* statement, int index, std::string_view text) {
  sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

inline void bind_row(sqlite3_stmt* statement, const Row& row) {
  sqlite3_bind_int64(statement, 1, row.seq);
  bind_text(statement, 2, row.name);
  bind_text(statement, 3, row.note);
  sqlite3_bind_double(statement, 4, row.score);
  sqlite3_bind_int(statement, 5, row.active ? 1 : 0);
}
