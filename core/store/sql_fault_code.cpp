#include "core/store/sql_fault_code.hpp"

#include <fmt/format.h>

namespace menacedb {

namespace {

// SQLite's result codes (sqlite.org/rescode.html); they are part of its file of promises and do not
// change. sqlite3.h itself stays in core/db.
constexpr int k_too_big = 18;
constexpr int k_constraint = 19;
constexpr int k_mismatch = 20;
constexpr int k_constraint_check = k_constraint | (1 << 8);
constexpr int k_constraint_foreign_key = k_constraint | (3 << 8);
constexpr int k_constraint_not_null = k_constraint | (5 << 8);
constexpr int k_constraint_datatype = k_constraint | (12 << 8);

std::string_view constraint_code(const SqlFault& fault) noexcept {
  if (fault.is_unique_violation()) {
    return "constraint-unique";
  }
  switch (fault.extended_code) {
  case k_constraint_check:
    return "constraint-check";
  case k_constraint_foreign_key:
    return "constraint-foreignkey";
  case k_constraint_not_null:
    return "constraint-notnull";
  case k_constraint_datatype:
    return "datatype-mismatch";
  default:
    return "constraint";
  }
}

} // namespace

std::string_view fault_code(const SqlFault& fault) noexcept {
  switch (fault.code) {
  case k_constraint:
    return constraint_code(fault);
  case k_mismatch:
    return "datatype-mismatch";
  case k_too_big:
    return "too-big";
  default:
    return "sql";
  }
}

bool is_constraint(const SqlFault& fault) noexcept {
  return fault.code == k_constraint;
}

Fault to_fault(const SqlFault& fault) {
  return Fault{std::string(fault_code(fault)), fault.message};
}

std::string sqlite_text(const Error& error, std::string_view path) {
  const std::string prefix = fmt::format("cannot prepare statement on '{}': ", path);
  std::string_view text = error.message();
  if (text.starts_with(prefix)) {
    text.remove_prefix(prefix.size());
  }
  return std::string(text);
}

} // namespace menacedb
