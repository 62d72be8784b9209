// Backups while another process changes 20 000 rows in each transaction and never pauses: every
// copy holds whole transactions only. MENACEDB_BACKUPS says how many; ctest takes a sample.
#include "core/db/database.hpp"
#include "core/db/transaction.hpp"
#include "core/engine/care/backup.hpp"
#include "tests/crash/site.hpp"
#include "tests/support/child.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <set>

using namespace menacedb;
using namespace menacedb::test;

namespace {

constexpr int k_rows = 20'000;

int wanted_backups() {
  const char* const wanted = std::getenv("MENACEDB_BACKUPS");
  return wanted == nullptr ? 10 : std::atoi(wanted);
}

void write_for_ever(Site& site, const Gate& gate) {
  const Context context = site.context();
  Database database(site.shared_database(), {}, context.clock, context.stop);
  for (bool is_first = true;; is_first = false) {
    Transaction transaction(database);
    database.execute("UPDATE fire SET turn = turn + 1");
    transaction.commit();
    if (is_first) {
      gate.open();
    }
  }
}

} // namespace

TEST_CASE("every backup under a writer that never pauses holds whole transactions only") {
  Site site;
  site.execute("CREATE TABLE fire(id INTEGER PRIMARY KEY, turn INTEGER, filler TEXT);"
               "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
               "INSERT INTO fire SELECT i, 0, hex(randomblob(50)) FROM n");
  const Gate gate;
  const Child writer([&] { write_for_ever(site, gate); });
  gate.wait();

  const Context context = site.context();
  std::set<std::int64_t> turns;
  const int count = wanted_backups();
  BackupOptions options;
  options.directory = site.path("copies");
  for (int i = 0; i < count; ++i) {
    const MadeBackup made = back_up(context, site.shared_database(), options);
    CHECK(made.manifest.is_verified);
    Database copy(made.path, {.read_only = true}, context.clock, context.stop);
    CHECK(copy.query_integer("SELECT count(*) FROM fire") == k_rows);
    CHECK(copy.query_integer("SELECT count(DISTINCT turn) FROM fire") == 1);
    turns.insert(copy.query_integer("SELECT max(turn) FROM fire"));
  }
  CHECK(turns.size() > 1); // else nobody wrote
}
