#include "core/db/migrations.hpp"

#include "core/db/transaction.hpp"

#include <fmt/format.h>

#include <cassert>

namespace menacedb {
namespace {

void set_version(Database& database, std::string_view name, int version) {
  database.execute("CREATE TABLE IF NOT EXISTS menacedb_schema ("
                   " name TEXT PRIMARY KEY NOT NULL CHECK (typeof(name) = 'text'),"
                   " version INTEGER NOT NULL CHECK (typeof(version) = 'integer'))");
  Statement statement =
      database.prepare("INSERT INTO menacedb_schema (name, version) VALUES (?, ?)"
                       " ON CONFLICT (name) DO UPDATE SET version = excluded.version");
  statement.bind(1, name).bind(2, std::int64_t{version}).run();
}

// Another process may have done it since the version was read: it is read again under the lock.
void apply(Database& database, std::string_view name, const Migration& migration) {
  Transaction transaction(database);
  if (schema_version_of(database, name) >= migration.version) {
    return;
  }
  database.execute(std::string(migration.sql), "change the schema of");
  set_version(database, name, migration.version);
  transaction.commit();
}

} // namespace

// No version means that the schema, or even the table of versions, is not there yet.
int schema_version_of(Database& database, std::string_view name) {
  if (database.query_integer("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND "
                             "name = 'menacedb_schema'") == 0) {
    return 0;
  }
  Statement statement = database.prepare("SELECT version FROM menacedb_schema WHERE name = ?");
  statement.bind(1, name);
  return statement.step() ? static_cast<int>(statement.integer(0)) : 0;
}

void migrate(Database& database, std::string_view name, std::span<const Migration> migrations) {
  const int newest = static_cast<int>(migrations.size());
  const int current = schema_version_of(database, name);
  if (current > newest) {
    throw Error(ErrorKind::config, "schema-newer",
                fmt::format("cannot use schema '{}' of '{}': its version {} is newer than {}, the "
                            "newest one known here",
                            name, database.path(), current, newest))
        .with_hint("a newer menacedb has used this database: update this one");
  }
  for (const Migration& migration : migrations.subspan(static_cast<std::size_t>(current))) {
    assert(migration.version == 1 + static_cast<int>(&migration - migrations.data()));
    apply(database, name, migration);
  }
}

} // namespace menacedb
