#pragma once

#include "core/policy/router.hpp"

#include <span>
#include <string_view>

namespace menacedb {

struct BuiltinTable {
  std::string_view name;
  Placement placement;
};

// The tables that the old router knew without configuration: 9 shared, 71 local, 2 denied; by name.
[[nodiscard]] std::span<const BuiltinTable> builtin_tables() noexcept;
[[nodiscard]] const BuiltinTable* find_builtin_table(std::string_view name) noexcept;

} // namespace menacedb
