/* jobs_loop DATABASE COUNT BATCH: claims and completes COUNT jobs of a table that is there, by the
 * two statements that a careful programmer would write, BATCH of them in a transaction (1: each
 * statement by itself). jobs_loop DATABASE insert: adds a job for each line of standard input, a
 * thousand in a transaction. NORMAL sync, no checkpoint, as menacedb has it. */

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static sqlite3 *db;

static void must(int result, int wanted) {
  if (result != wanted) {
    fprintf(stderr, "jobs_loop: %s\n", sqlite3_errmsg(db));
    exit(1);
  }
}

static void run(const char *sql) { must(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK); }

static sqlite3_stmt *prepare(const char *sql) {
  sqlite3_stmt *statement = NULL;
  must(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL), SQLITE_OK);
  return statement;
}

static void work(long count, int batch) {
  sqlite3_stmt *claim = prepare(
      "UPDATE sync_jobs SET status = 'running', started_at = ?1 WHERE id IN (SELECT id FROM sync_jobs "
      "WHERE status = 'pending' ORDER BY priority DESC, created_at LIMIT ?2) RETURNING id, payload");
  sqlite3_stmt *complete = prepare(
      "UPDATE sync_jobs SET status = 'completed', completed_at = ?1 WHERE id = ?2 "
      "AND status = 'running'");
  sqlite3_int64 *ids = malloc(sizeof(*ids) * (size_t)batch);
  unsigned long bytes = 0;
  for (long done = 0; done < count; done += batch) {
    int got = 0;
    if (batch > 1) {
      run("BEGIN IMMEDIATE");
    }
    sqlite3_bind_int64(claim, 1, time(NULL));
    sqlite3_bind_int(claim, 2, batch);
    while (sqlite3_step(claim) == SQLITE_ROW) {
      ids[got++] = sqlite3_column_int64(claim, 0);
      bytes += strlen((const char *)sqlite3_column_text(claim, 1));
    }
    must(sqlite3_reset(claim), SQLITE_OK);
    must(got, batch);
    for (int i = 0; i < got; ++i) {
      sqlite3_bind_int64(complete, 1, time(NULL));
      sqlite3_bind_int64(complete, 2, ids[i]);
      must(sqlite3_step(complete), SQLITE_DONE);
      must(sqlite3_reset(complete), SQLITE_OK);
    }
    if (batch > 1) {
      run("COMMIT");
    }
  }
  if (bytes == 0) {
    exit(1);
  }
}

static void insert(void) {
  sqlite3_stmt *add = prepare("INSERT INTO sync_jobs(job_type, payload, status, created_at, priority) "
                              "VALUES('Noop', ?1, 'pending', ?2, 5)");
  char *line = NULL;
  size_t room = 0;
  ssize_t size;
  long count = 0;
  while ((size = getline(&line, &room, stdin)) > 0) {
    if (count++ % 1000 == 0) {
      run(count == 1 ? "BEGIN IMMEDIATE" : "COMMIT; BEGIN IMMEDIATE");
    }
    sqlite3_bind_text(add, 1, line, (int)size - 1, SQLITE_STATIC);
    sqlite3_bind_int64(add, 2, time(NULL));
    must(sqlite3_step(add), SQLITE_DONE);
    must(sqlite3_reset(add), SQLITE_OK);
  }
  run("COMMIT");
}

int main(int count, char **words) {
  if (count < 3 || sqlite3_open_v2(words[1], &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
    fprintf(stderr, "jobs_loop: wrong usage\n");
    return 1;
  }
  run("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = memory;"
      "PRAGMA cache_size = -16384");
  if (count == 4) {
    work(atol(words[2]), atoi(words[3]));
  } else {
    insert();
  }
  _exit(0); /* closing would checkpoint, which is not part of the work */
}
