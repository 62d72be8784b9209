// A worker for one purpose: waits on inotify for lines that are appended to DIR/lines.jsonl and
// commits each batch of them durably to a table with the offset read so far. Ends with SIGTERM.
//
//   worker_wait DIR DATABASE
#define _GNU_SOURCE
#include "durable.h"

#include <sys/inotify.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { k_piece = 1 << 16 };

int main(int argc, char** argv) {
  if (argc != 3) {
    return 2;
  }
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/lines.jsonl", argv[1]);
  const int lines = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
  const int events = inotify_init1(IN_CLOEXEC);
  if (lines < 0 || inotify_add_watch(events, argv[1], IN_MODIFY) < 0) {
    return 1;
  }
  sqlite3* const database = open_durable(argv[2]);
  run(database, "CREATE TABLE IF NOT EXISTS decided (bytes INTEGER)");
  run(database, "INSERT INTO decided VALUES (0)");
  sqlite3_stmt* const insert = prepare(database, "INSERT INTO bots(name) VALUES(?1)");
  sqlite3_stmt* const decide = prepare(database, "UPDATE decided SET bytes = ?1");
  puts("ready");
  fflush(stdout);
  static char buffer[k_piece];
  off_t offset = 0;
  for (;;) {
    char ignored[4096];
    if (read(events, ignored, sizeof ignored) <= 0) {
      return 1;
    }
    const ssize_t size = pread(lines, buffer, sizeof buffer, offset);
    if (size <= 0) {
      continue;
    }
    run(database, "BEGIN IMMEDIATE");
    for (char* line = buffer; line < buffer + size;) {
      char* end = memchr(line, '\n', (size_t)(buffer + size - line));
      if (end == NULL) {
        break;
      }
      insert_text(insert, line, end - line);
      offset += end + 1 - line;
      line = end + 1;
    }
    sqlite3_bind_int64(decide, 1, offset);
    sqlite3_step(decide);
    sqlite3_reset(decide);
    run(database, "COMMIT");
  }
}
