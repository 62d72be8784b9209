/* pragma DATABASE SQL: opens the database and runs the SQL, as bare as can be; rows are thrown
 * away. The connection is not closed: what closing does is not part of the pragma. */

#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

int main(int count, char **words) {
  sqlite3 *db = NULL;
  if (count != 3 || sqlite3_open_v2(words[1], &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
      sqlite3_exec(db, words[2], NULL, NULL, NULL) != SQLITE_OK) {
    fprintf(stderr, "pragma: %s\n", db == NULL ? "wrong usage" : sqlite3_errmsg(db));
    return 1;
  }
  _exit(0);
}
