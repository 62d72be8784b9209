#include "core/store/store_schema.hpp"

#include "core/db/migrations.hpp"

#include <array>

namespace menacedb {

namespace {

// AUTOINCREMENT wherever an id is remembered outside its row: an id that came back would make a
// stale drain decide somebody else's entry.
constexpr std::string_view k_version_1 = R"sql(
CREATE TABLE menacedb_meta(
  name TEXT NOT NULL PRIMARY KEY CHECK(typeof(name) = 'text'),
  value) WITHOUT ROWID;
INSERT INTO menacedb_meta VALUES('store_id', lower(hex(randomblob(16))));
CREATE TABLE menacedb_stats(
  name TEXT NOT NULL PRIMARY KEY CHECK(typeof(name) = 'text'),
  value INTEGER NOT NULL CHECK(typeof(value) = 'integer')) WITHOUT ROWID;
CREATE TABLE menacedb_ledger(
  spool TEXT NOT NULL CHECK(typeof(spool) = 'text'),
  segment INTEGER NOT NULL CHECK(typeof(segment) = 'integer'),
  decided INTEGER NOT NULL CHECK(typeof(decided) = 'integer' AND decided >= 0),
  digest INTEGER NOT NULL CHECK(typeof(digest) = 'integer'),
  entries INTEGER NOT NULL CHECK(typeof(entries) = 'integer'),
  decided_at INTEGER NOT NULL CHECK(typeof(decided_at) = 'integer'),
  PRIMARY KEY(spool, segment)) WITHOUT ROWID;
CREATE TABLE menacedb_settled(
  spool TEXT NOT NULL CHECK(typeof(spool) = 'text'),
  first INTEGER NOT NULL CHECK(typeof(first) = 'integer'),
  last INTEGER NOT NULL CHECK(typeof(last) = 'integer' AND last >= first),
  PRIMARY KEY(spool, first)) WITHOUT ROWID;
CREATE TABLE menacedb_dead(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  spool TEXT NOT NULL CHECK(typeof(spool) = 'text'),
  segment INTEGER NOT NULL CHECK(typeof(segment) = 'integer'),
  offset INTEGER NOT NULL CHECK(typeof(offset) = 'integer'),
  lane TEXT NOT NULL CHECK(typeof(lane) = 'text'),
  lane_priority INTEGER NOT NULL CHECK(typeof(lane_priority) = 'integer'),
  origin TEXT NOT NULL CHECK(typeof(origin) = 'text'),
  table_name TEXT NOT NULL CHECK(typeof(table_name) = 'text'),
  entry_id TEXT NOT NULL CHECK(typeof(entry_id) = 'text'),
  line BLOB NOT NULL CHECK(typeof(line) = 'blob'),
  is_truncated INTEGER NOT NULL CHECK(is_truncated IN (0, 1)),
  code TEXT NOT NULL CHECK(typeof(code) = 'text'),
  error TEXT NOT NULL CHECK(typeof(error) = 'text'),
  attempts INTEGER NOT NULL CHECK(typeof(attempts) = 'integer'),
  failed_at INTEGER NOT NULL CHECK(typeof(failed_at) = 'integer'),
  state TEXT NOT NULL DEFAULT 'dead' CHECK(state IN ('dead', 'replayed', 'discarded')),
  exported INTEGER NOT NULL DEFAULT 0 CHECK(exported IN (0, 1)),
  UNIQUE(spool, segment, offset));
CREATE INDEX menacedb_dead_entry ON menacedb_dead(entry_id) WHERE entry_id <> '';
CREATE INDEX menacedb_dead_unexported ON menacedb_dead(id) WHERE exported = 0;
CREATE INDEX menacedb_dead_state ON menacedb_dead(state);
CREATE TABLE menacedb_deferred(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  spool TEXT NOT NULL CHECK(typeof(spool) = 'text'),
  segment INTEGER NOT NULL CHECK(typeof(segment) = 'integer'),
  offset INTEGER NOT NULL CHECK(typeof(offset) = 'integer'),
  lane TEXT NOT NULL CHECK(typeof(lane) = 'text'),
  lane_priority INTEGER NOT NULL CHECK(typeof(lane_priority) = 'integer'),
  origin TEXT NOT NULL CHECK(typeof(origin) = 'text'),
  table_name TEXT NOT NULL CHECK(typeof(table_name) = 'text'),
  line BLOB NOT NULL CHECK(typeof(line) = 'blob'),
  not_before INTEGER NOT NULL CHECK(typeof(not_before) = 'integer'),
  attempts INTEGER NOT NULL CHECK(typeof(attempts) = 'integer'));
CREATE INDEX menacedb_deferred_due ON menacedb_deferred(not_before);
CREATE TABLE menacedb_outbox(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  store TEXT NOT NULL CHECK(typeof(store) = 'text'),
  spool TEXT NOT NULL CHECK(typeof(spool) = 'text'),
  segment INTEGER NOT NULL CHECK(typeof(segment) = 'integer'),
  offset INTEGER NOT NULL CHECK(typeof(offset) = 'integer'),
  lane TEXT NOT NULL CHECK(typeof(lane) = 'text'),
  lane_priority INTEGER NOT NULL CHECK(typeof(lane_priority) = 'integer'),
  origin TEXT NOT NULL CHECK(typeof(origin) = 'text'),
  table_name TEXT NOT NULL CHECK(typeof(table_name) = 'text'),
  line BLOB NOT NULL CHECK(typeof(line) = 'blob'),
  attempts INTEGER NOT NULL CHECK(typeof(attempts) = 'integer'));
CREATE INDEX menacedb_outbox_store ON menacedb_outbox(store, id);
CREATE TABLE menacedb_forwarded(
  home TEXT NOT NULL CHECK(typeof(home) = 'text'),
  outbox_id INTEGER NOT NULL CHECK(typeof(outbox_id) = 'integer'),
  PRIMARY KEY(home, outbox_id)) WITHOUT ROWID;
CREATE TABLE menacedb_key(
  table_name TEXT NOT NULL COLLATE NOCASE CHECK(typeof(table_name) = 'text'),
  key TEXT NOT NULL CHECK(typeof(key) = 'text'),
  decided_at INTEGER NOT NULL CHECK(typeof(decided_at) = 'integer'),
  PRIMARY KEY(table_name, key)) WITHOUT ROWID;
CREATE INDEX menacedb_key_age ON menacedb_key(decided_at);
CREATE TABLE menacedb_hash(
  table_name TEXT NOT NULL COLLATE NOCASE CHECK(typeof(table_name) = 'text'),
  hash BLOB NOT NULL CHECK(typeof(hash) = 'blob'),
  row INTEGER CHECK(typeof(row) IN ('integer', 'null')),
  PRIMARY KEY(table_name, hash)) WITHOUT ROWID;
)sql";

// Entries that have a file each, in order of their sequence, which is about that of time: the tree
// then grows at its end.
constexpr std::string_view k_version_2 = R"sql(
CREATE TABLE menacedb_entry(
  spool TEXT NOT NULL CHECK(typeof(spool) = 'text'),
  entry TEXT NOT NULL CHECK(typeof(entry) = 'text'),
  state INTEGER NOT NULL CHECK(state IN (0, 1)),
  changed_rows INTEGER NOT NULL CHECK(typeof(changed_rows) = 'integer'),
  code TEXT NOT NULL CHECK(typeof(code) = 'text'),
  error TEXT NOT NULL CHECK(typeof(error) = 'text'),
  decided_at INTEGER NOT NULL CHECK(typeof(decided_at) = 'integer'),
  PRIMARY KEY(spool, entry)) WITHOUT ROWID;
)sql";

constexpr std::array k_migrations{Migration{1, k_version_1}, Migration{2, k_version_2}};

} // namespace

void migrate_store(Database& database) {
  migrate(database, "store", k_migrations);
}

int store_schema_version(Database& database) {
  return schema_version_of(database, "store");
}

int newest_store_schema() {
  return static_cast<int>(k_migrations.size());
}

bool has_store_schema(Database& database) {
  constexpr std::string_view k_sql =
      "SELECT EXISTS(SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'menacedb_entry')";
  return database.has_table("menacedb_entry") || database.query_integer(k_sql) != 0;
}

std::string store_id(Database& database) {
  return database.query_text("SELECT value FROM menacedb_meta WHERE name = 'store_id'");
}

void renew_store_id(Database& database) {
  database.execute("UPDATE menacedb_meta SET value = lower(hex(randomblob(16))) "
                   "WHERE name = 'store_id'");
}

} // namespace menacedb
