// A program that shares the database and knows nothing of menacedb: one INSERT of one row every
// 5 ms, in a transaction of its own, with nothing but a busy timeout. Ends at SIGTERM or after
// SECONDS, and prints how long the writes took, in milliseconds.
//
//   foreign_writer DATABASE SECONDS
#include <sqlite3.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { k_most_writes = 1 << 20, k_pace_us = 5000 };

static volatile sig_atomic_t is_stopped;

static void stop(int signal) {
  (void)signal;
  is_stopped = 1;
}

static double now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void sleep_until(double when) {
  const struct timespec at = {(time_t)(when / 1e6),
                              (long)(when - (double)(time_t)(when / 1e6) * 1e6) * 1000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static int by_value(const void* left, const void* right) {
  const double a = *(const double*)left;
  const double b = *(const double*)right;
  return (a > b) - (a < b);
}

int main(int argc, char** argv) {
  sqlite3* db = NULL;
  sqlite3_stmt* insert = NULL;
  if (argc != 3) {
    return 2;
  }
  if (sqlite3_open(argv[1], &db) != SQLITE_OK || sqlite3_busy_timeout(db, 5000) != SQLITE_OK ||
      sqlite3_prepare_v2(db, "INSERT INTO heartbeat(at, note) VALUES(?, 'alive')", -1, &insert,
                         NULL) != SQLITE_OK) {
    fprintf(stderr, "foreign_writer: %s\n", sqlite3_errmsg(db));
    return 1;
  }
  static double took[k_most_writes];
  int writes = 0;
  int errors = 0;
  signal(SIGTERM, stop);
  const double end = now_us() + atof(argv[2]) * 1e6;
  double due = now_us();
  while (!is_stopped && due < end && writes < k_most_writes) {
    sleep_until(due);
    if (is_stopped) {
      break;
    }
    const double began = now_us();
    sqlite3_bind_int64(insert, 1, (sqlite3_int64)began);
    errors += sqlite3_step(insert) != SQLITE_DONE;
    sqlite3_reset(insert);
    const double ended = now_us();
    took[writes++] = (ended - began) / 1e3;
    while (due <= ended) { // a late write is followed by the next one in its turn, not by a burst
      due += k_pace_us;
    }
  }
  sqlite3_finalize(insert);
  sqlite3_close(db);
  if (writes == 0) {
    return 1;
  }
  qsort(took, (size_t)writes, sizeof *took, by_value);
  printf("{\"writes\": %d, \"errors\": %d, \"p50\": %.3f, \"p95\": %.3f, \"p99\": %.3f, "
         "\"max\": %.3f}\n",
         writes, errors, took[writes / 2], took[writes * 95 / 100], took[writes * 99 / 100],
         took[writes - 1]);
  return 0;
}
