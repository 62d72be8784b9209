#pragma once

#include "core/base/error.hpp"
#include "core/db/statement.hpp"
#include "core/model/entry.hpp"

#include <string>
#include <string_view>

namespace menacedb {

// The stable word for a refusal that is the entry's: "constraint-unique", "constraint-foreignkey",
// "constraint-notnull", "constraint-check", "constraint", "datatype-mismatch", "too-big", "sql".
[[nodiscard]] std::string_view fault_code(const SqlFault& fault) noexcept;
[[nodiscard]] bool is_constraint(const SqlFault& fault) noexcept;
// As the dead letter will have it, with SQLite's own text.
[[nodiscard]] Fault to_fault(const SqlFault& fault);
// SQLite's own text out of the error of Database::prepare().
[[nodiscard]] std::string sqlite_text(const Error& error, std::string_view path);

} // namespace menacedb
