// How long it takes from an arrival to the committed row: appends COUNT lines to FILE, or renames
// as many entries with SQL into DIRECTORY, one at a time with a pause, and looks again and again
// until the database has the row.
//
//   worker_probe FILE|DIRECTORY DATABASE COUNT
#define _GNU_SOURCE
#include <sqlite3.h>

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void pause_us(long microseconds) {
  const struct timespec time = {0, microseconds * 1000};
  nanosleep(&time, NULL);
}

static int by_size(const void* a, const void* b) {
  const double x = *(const double*)a;
  const double y = *(const double*)b;
  return (x > y) - (x < y);
}

static long rows(sqlite3_stmt* count) {
  const long found = sqlite3_step(count) == SQLITE_ROW ? (long)sqlite3_column_int64(count, 0) : -1;
  sqlite3_reset(count);
  return found;
}

static int write_whole(const char* path, int flags, const char* text) {
  const int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
  const ssize_t size = (ssize_t)strlen(text);
  return file >= 0 && write(file, text, (size_t)size) == size && close(file) == 0;
}

static int append_line(const char* path, int number) {
  char line[128];
  snprintf(line, sizeof line, "{\"table\": \"bots\", \"data\": {\"name\": \"n%d\"}}\n", number);
  return write_whole(path, O_APPEND, line);
}

static int rename_entry(const char* folder, int number) {
  char temporary[4096];
  char path[4096];
  char text[256];
  snprintf(temporary, sizeof temporary, "%s/../.tmp/%d", folder, number);
  snprintf(path, sizeof path, "%s/5_1767323045000000000_%d.json", folder, number);
  snprintf(text, sizeof text,
           "{\"seq\": \"1767323045000000000_%d\", \"priority\": 5, \"operation\": \"probe\", "
           "\"sql\": \"INSERT INTO bots(name) VALUES('n%d')\", \"retries\": 0}\n",
           number, number);
  return write_whole(temporary, O_EXCL, text) && rename(temporary, path) == 0;
}

int main(int argc, char** argv) {
  if (argc != 4) {
    return 2;
  }
  const int count = atoi(argv[3]);
  double* times = calloc((size_t)count, sizeof *times);
  sqlite3* database = NULL;
  sqlite3_stmt* look = NULL;
  if (times == NULL ||
      sqlite3_open_v2(argv[2], &database, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
      sqlite3_busy_timeout(database, 10000) != SQLITE_OK ||
      sqlite3_prepare_v2(database, "SELECT count(*) FROM bots", -1, &look, NULL) != SQLITE_OK) {
    return 1;
  }
  const long before = rows(look);
  struct stat target;
  const int is_folder = stat(argv[1], &target) == 0 && S_ISDIR(target.st_mode);
  for (int i = 0; i < count; ++i) {
    pause_us(20000);
    const double begin = now_us();
    if (!(is_folder ? rename_entry(argv[1], i) : append_line(argv[1], i))) {
      return 1;
    }
    while (rows(look) < before + i + 1) {
      if (now_us() - begin > 10e6) {
        fprintf(stderr, "row %d never came\n", i);
        return 1;
      }
      pause_us(20);
    }
    times[i] = (now_us() - begin) / 1000.0;
  }
  qsort(times, (size_t)count, sizeof *times, by_size);
  printf("{\"p50\": %.3f, \"p99\": %.3f, \"max\": %.3f}\n", times[count / 2],
         times[count * 99 / 100], times[count - 1]);
  return 0;
}
