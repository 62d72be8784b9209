// A worker for one purpose: waits on inotify for files that are renamed into SPOOL/pending, commits
// each durably to a table, and moves it to SPOOL/completed. Ends with SIGTERM.
//
//   dir_wait SPOOL DATABASE
#define _GNU_SOURCE
#include "durable.h"

#include <sys/inotify.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc != 3) {
    return 2;
  }
  const int events = inotify_init1(IN_CLOEXEC);
  sqlite3* const database = open_durable(argv[2]);
  if (chdir(argv[1]) != 0 || inotify_add_watch(events, "pending", IN_MOVED_TO) < 0) {
    return 1;
  }
  const int pending = open("pending", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int completed = open("completed", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  run(database, "CREATE TABLE IF NOT EXISTS decided (entry TEXT PRIMARY KEY)");
  sqlite3_stmt* const row = prepare(database, "INSERT INTO bots(name) VALUES(?1)");
  sqlite3_stmt* const decide = prepare(database, "INSERT INTO decided VALUES(?1)");
  puts("ready");
  fflush(stdout);
  static char text[1 << 16];
  _Alignas(struct inotify_event) static char buffer[1 << 16];
  for (;;) {
    const ssize_t size = read(events, buffer, sizeof buffer);
    if (size <= 0) {
      return 1;
    }
    run(database, "BEGIN IMMEDIATE");
    for (ssize_t at = 0; at < size;) {
      const struct inotify_event* const event = (const struct inotify_event*)(buffer + at);
      at += (ssize_t)(sizeof *event + event->len);
      const int file = openat(pending, event->name, O_RDONLY | O_CLOEXEC);
      const ssize_t count = file < 0 ? -1 : read(file, text, sizeof text);
      if (count < 0 || close(file) != 0) {
        return 1;
      }
      insert_text(row, text, count);
      insert_text(decide, event->name, (ssize_t)strlen(event->name));
    }
    run(database, "COMMIT");
    for (ssize_t at = 0; at < size;) {
      const struct inotify_event* const event = (const struct inotify_event*)(buffer + at);
      at += (ssize_t)(sizeof *event + event->len);
      renameat(pending, event->name, completed, event->name);
    }
  }
}
