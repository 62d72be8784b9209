// What the floors that wait for work and commit it durably share.
#pragma once

#include <sqlite3.h>

#include <stdio.h>
#include <stdlib.h>

static void run(sqlite3* database, const char* sql) {
  if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK) {
    fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(database));
    exit(1);
  }
}

static sqlite3* open_durable(const char* path) {
  sqlite3* database = NULL;
  if (sqlite3_open(path, &database) != SQLITE_OK) {
    exit(1);
  }
  run(database, "PRAGMA journal_mode = WAL");
  run(database, "PRAGMA synchronous = FULL");
  return database;
}

static sqlite3_stmt* prepare(sqlite3* database, const char* sql) {
  sqlite3_stmt* statement = NULL;
  if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK) {
    exit(1);
  }
  return statement;
}

static void insert_text(sqlite3_stmt* statement, const char* text, ssize_t size) {
  sqlite3_bind_text(statement, 1, text, (int)size, SQLITE_STATIC);
  sqlite3_step(statement);
  sqlite3_reset(statement);
}
