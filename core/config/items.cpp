#include "core/config/items.hpp"

#include <algorithm>
#include <array>

namespace menacedb {
namespace {

using enum ItemType;

// In the order of menacedb.toml(5). An item is listed when something reads it.
constexpr std::array k_items{
    Item{.key = "instance.id",
         .type = text,
         .default_value = "default",
         .flag = "--menace-id",
         .environment = "MENACE_ID",
         .doc = "the origin of what this process enqueues"},

    Item{.key = "databases.shared",
         .type = path,
         .default_value = "./shared/global.db",
         .flag = "--shared-db",
         .environment = "MENACE_SHARED_DB_PATH",
         .doc = "the database of the shared tables: a path or sqlite:PATH"},
    Item{.key = "databases.local",
         .type = path,
         .default_value = "./menace_<id>_local.db",
         .flag = "--local-db",
         .environment = "MENACE_LOCAL_DB_PATH",
         .doc = "the database of the local tables; <id> is the origin, a directory means <id>.db "
                "in it"},
    Item{.key = "databases.busy_timeout",
         .type = duration,
         .default_value = "5s",
         .doc = "how long one attempt waits for a lock that another program holds"},
    Item{.key = "databases.mode",
         .type = word,
         .default_value = "read-write",
         .words = "read-write read-only-if-locked",
         .doc = "what a writer does while another menacedb writes: wait (read-write) or give up at "
                "once (read-only-if-locked)"},
    Item{.key = "databases.cache_size",
         .type = bytes,
         .default_value = "64MiB",
         .minimum = "64KiB",
         .doc = "the page cache of a connection that is no drain's"},
    Item{.key = "databases.wal_limit",
         .type = bytes,
         .default_value = "256MiB",
         .doc = "checkpoint after a write that left a larger WAL than this"},

    Item{.key = "routing.shared",
         .type = text_list,
         .environment = "DB_ROUTER_SHARED_TABLES",
         .doc = "tables of the shared database, beside the built-in ones"},
    Item{.key = "routing.local",
         .type = text_list,
         .environment = "DB_ROUTER_LOCAL_TABLES",
         .doc = "tables of the local databases, beside the built-in ones"},
    Item{.key = "routing.deny",
         .type = text_list,
         .environment = "DB_ROUTER_DENY_TABLES",
         .doc = "tables that nobody may touch, beside the built-in ones; beats shared and local"},
    Item{.key = "routing.tables_file",
         .type = path,
         .default_value = "config/db_router_tables.json",
         .environment = "DB_ROUTER_CONFIG",
         .doc = "JSON file with the arrays shared, local and deny; must exist when it is named"},
    Item{.key = "routing.undeclared",
         .type = word,
         .default_value = "refuse",
         .words = "refuse shared local",
         .doc = "where a table on no list lives: refuse, shared or local"},

    Item{.key = "queue.dir",
         .type = path,
         .default_value = "logs/queue",
         .flag = "--queue-dir",
         .environment = "DB_ROUTER_QUEUE_DIR SHARED_QUEUE_DIR MENACE_QUEUE_DIR DB_QUEUE_DIR",
         .doc = "the spool of the row queues"},
    Item{.key = "queue.max_line",
         .type = bytes,
         .default_value = "16MiB",
         .minimum = "1KiB",
         .maximum = "1GiB",
         .doc = "a longer line becomes a dead letter"},
    Item{.key = "queue.durability",
         .type = word,
         .default_value = "process",
         .words = "process power",
         .doc = "what an enqueued entry survives: process (its crash) or power (a power cut, too)"},
    Item{.key = "queue.fallback",
         .type = boolean,
         .default_value = "true",
         .doc = "write to the database directly when the spool cannot be written"},
    Item{.key = "queue.flat_archive",
         .type = boolean,
         .default_value = "true",
         .doc = "keep a copy of every decided line in queue.log.bak"},
    Item{.key = "queue.key_horizon",
         .type = duration,
         .default_value = "7d",
         .doc = "how long the key of an applied entry is remembered"},

    Item{.key = "dir_queue.dir",
         .type = path,
         .default_value = ".hive-mind/queue",
         .flag = "--dir-queue",
         .environment = "QUEUE_BASE_DIR",
         .doc = "the spool of the queue of SQL writes"},
    Item{.key = "dir_queue.database",
         .type = path,
         .environment = "HIVE_DB",
         .doc = "the database of SQL writes that name none; empty: .hive-mind/hive.db when it "
                "exists, else where their tables live"},
    Item{.key = "dir_queue.enabled",
         .type = boolean,
         .default_value = "true",
         .environment = "USE_QUEUE",
         .doc = "queue SQL writes; false writes each to its database at once"},
    Item{.key = "dir_queue.max_retries",
         .type = integer,
         .default_value = "3",
         .environment = "QUEUE_MAX_RETRIES",
         .minimum = "1",
         .maximum = "1000000",
         .doc = "how often the first entry is tried while its database is locked"},
    Item{.key = "dir_queue.lock_timeout",
         .type = duration,
         .default_value = "10s",
         .environment = "SQLITE_TIMEOUT",
         .doc = "how long each of these tries waits for the lock (SQLITE_TIMEOUT counts "
                "milliseconds)"},
    Item{.key = "dir_queue.age_boost",
         .type = duration,
         .default_value = "0s",
         .doc = "an entry gains one step of priority for each such period it waits; 0 for never"},
    Item{.key = "dir_queue.ddl",
         .type = boolean,
         .default_value = "true",
         .doc = "let SQL writes change the schema of a database of their own"},
    Item{.key = "dir_queue.entry_timeout",
         .type = duration,
         .default_value = "5s",
         .minimum = "1ms",
         .doc = "an SQL write that runs longer fails"},

    Item{.key = "sync.batch_bytes",
         .type = bytes,
         .default_value = "2MiB",
         .environment = "MENACEDB_SYNC_BATCH",
         .minimum = "4KiB",
         .maximum = "256MiB",
         .doc = "the most that is read at once; while nobody else writes, a transaction takes up "
                "to four times this"},
    Item{.key = "sync.cache_size",
         .type = bytes,
         .default_value = "32MiB",
         .minimum = "64KiB",
         .doc = "the page cache of the connection that applies entries"},
    Item{.key = "sync.max_write_lock",
         .type = duration,
         .default_value = "15ms",
         .minimum = "1ms",
         .doc = "how long a transaction aims to hold the write lock; up to 30 times this while "
                "nobody else writes"},
    Item{.key = "sync.interval",
         .type = duration,
         .default_value = "10s",
         .environment = "SYNC_INTERVAL",
         .doc = "the pause between two passes of a repeated sync"},

    Item{.key = "retry.attempts",
         .type = integer,
         .default_value = "3",
         .minimum = "1",
         .maximum = "1000",
         .doc = "how often a write is tried in all while the database is locked"},
    Item{.key = "retry.base_delay",
         .type = duration,
         .default_value = "500ms",
         .doc = "the pause before the second attempt; it doubles each time"},
    Item{.key = "retry.max_delay",
         .type = duration,
         .default_value = "5s",
         .doc = "the longest pause between two attempts"},

    Item{.key = "audit.path",
         .type = path,
         .environment = "DB_ROUTER_AUDIT_LOG",
         .doc = "the file that gets a line for every access to a table; none when it is not set"},
    Item{.key = "audit.chain",
         .type = boolean,
         .default_value = "false",
         .doc = "each line holds a hash over all before it, which audit-analyse --verify checks"},
    Item{.key = "audit.max_bytes",
         .type = bytes,
         .default_value = "10MiB",
         .environment = "DB_AUDIT_LOG_MAX_BYTES",
         .doc = "the audit log is rotated before it grows beyond this; 0: never for its size"},
    Item{.key = "audit.backups",
         .type = integer,
         .default_value = "5",
         .environment = "DB_AUDIT_LOG_BACKUPS",
         .minimum = "0",
         .maximum = "100000",
         .doc = "how many rotated audit logs are kept as path.1, path.2 and so on; 0: no rotation"},
    Item{.key = "audit.max_age",
         .type = duration,
         .default_value = "0s",
         .doc = "the audit log is rotated when its first line is older than this; 0: never"},

    Item{.key = "log.level",
         .type = word,
         .default_value = "warning",
         .flag = "--log-level",
         .environment = "DB_ROUTER_LOG_LEVEL",
         .words = "debug info warning error",
         .doc = "log events from this level on: debug, info, warning or error"},
    Item{.key = "log.format",
         .type = word,
         .default_value = "json",
         .environment = "DB_ROUTER_LOG_FORMAT",
         .words = "json kv",
         .doc = "how a logged event is written: json or kv (key=value)"},
};

} // namespace

std::span<const Item> config_items() noexcept {
  return k_items;
}

const Item* find_item(std::string_view key) noexcept {
  const auto found = std::ranges::find(k_items, key, &Item::key);
  return found == k_items.end() ? nullptr : &*found;
}

std::size_t index_of(const Item& item) noexcept {
  return static_cast<std::size_t>(&item - k_items.data());
}

std::string environment_name(const Item& item) {
  std::string name = "MENACEDB_";
  for (const char c : item.key) {
    const bool is_lower = c >= 'a' && c <= 'z';
    name += c == '.' ? '_' : is_lower ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

} // namespace menacedb
