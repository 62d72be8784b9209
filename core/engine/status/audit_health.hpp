#pragma once

#include "core/config/settings.hpp"
#include "core/os/fs.hpp"

#include <optional>
#include <string>

namespace menacedb {

// Why accesses cannot be audited though they should be; none when all is well or no audit log is
// configured. Looks only.
[[nodiscard]] std::optional<std::string> why_audit_fails(Fs& fs, const Settings& settings);

} // namespace menacedb
