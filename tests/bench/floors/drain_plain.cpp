// Inserts the rows of a queue file into a table without a unique column.
//
//   drain_plain QUEUE_FILE DATABASE
#include "telemetry.hpp"

int main(int argc, char** argv) {
  if (argc != 3) {
    return 2;
  }
  Connection db(argv[2]);
  sqlite3_stmt* insert =
      db.prepare("INSERT INTO telemetry(seq, name, note, score, active) VALUES(?, ?, ?, ?, ?)");
  for_each_row(argv[1], [&](const Row& row) {
    bind_row(insert, row);
    db.insert(insert);
  });
  db.finish(insert);
}
