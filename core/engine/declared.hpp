#pragma once

#include "core/base/error.hpp"
#include "core/policy/router.hpp"

#include <string_view>

namespace menacedb {

// Where writes to the table go: shared or local. Throws Error `denied` ("table-denied") or `config`
// ("table-unknown", with the nearest declared name as hint) for the others.
[[nodiscard]] Placement require_declared(const Router& router, std::string_view table);

} // namespace menacedb
