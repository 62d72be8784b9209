#pragma once

#include "core/base/time.hpp"
#include "core/store/sql_rules.hpp"

namespace menacedb {

// What the SQL entries of one store may do.
struct SqlPolicy {
  SqlRulesOptions rules;
  Duration limit{}; // for all statements of one entry together; zero: none
};

} // namespace menacedb
