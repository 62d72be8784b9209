#pragma once

#include "core/db/database.hpp"
#include "core/store/dead_rows.hpp"
#include "core/store/deferred.hpp"
#include "core/store/entry_ledger.hpp"
#include "core/store/flow_rows.hpp"
#include "core/store/keys.hpp"
#include "core/store/ledger.hpp"
#include "core/store/outbox.hpp"
#include "core/store/row_writer.hpp"
#include "core/store/rule_switch.hpp"
#include "core/store/sql_writer.hpp"
#include "core/store/stats_rows.hpp"
#include "core/store/table_schema.hpp"

#include <functional>
#include <string_view>
#include <utility>

namespace menacedb {

// Everything in one store that a transaction works with, on one connection. The schema must be
// migrated.
struct StoreParts {
  StoreParts(Database& connection, Clock& clock, std::function<Dedup(std::string_view)> dedup,
             std::function<SqlPolicy()> sql_policy, RowRule row_rule)
      : database(connection),
        ledger(connection),
        entries(connection),
        dead_rows(connection),
        deferred(connection),
        outbox(connection),
        forwarded(connection),
        keys(connection),
        stats(connection),
        flow(connection),
        schema(connection, std::move(dedup)),
        rules(connection),
        rows(connection, schema, rules, std::move(row_rule)),
        sql(connection, clock, schema, rules, std::move(sql_policy)) {}

  Database& database;
  Ledger ledger;
  EntryLedger entries;
  DeadRows dead_rows;
  Deferred deferred;
  Outbox outbox;
  Forwarded forwarded;
  Keys keys;
  StatsRows stats;
  FlowRows flow;
  SchemaCache schema;
  RuleSwitch rules;
  RowWriter rows;
  SqlWriter sql;
};

} // namespace menacedb
