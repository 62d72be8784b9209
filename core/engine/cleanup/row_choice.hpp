#pragma once

#include "core/config/settings.hpp"
#include "core/db/database.hpp"
#include "core/engine/context.hpp"
#include "core/policy/hooks.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace menacedb {

// A table whose old rows are looked for; the names are quoted.
struct RowSource {
  std::string table; // as people know it, not quoted
  std::string name;
  std::string column; // that holds the time
  std::string key;    // the columns that identify a row, separated by commas
  int key_columns = 1;
  RowRetention retention;
};

// Asks the `retain` hook about each row that has a readable time, and leaves to the age what it
// leaves to the settings. Calls `lets_go` with a statement that stands on each row that is to go:
// its key columns come first, then its time. Reads the table once and takes no lock; ends early
// when `lets_go` answers false, or on a stop.
void choose_rows(const Context& context, Database& database, const RowSource& source, Hooks& hooks,
                 const std::function<bool(const Statement&)>& lets_go);

// Gives a statement the value that another one has at hand.
void bind_value(Statement& to, int index, const Statement& from, int column);

} // namespace menacedb
