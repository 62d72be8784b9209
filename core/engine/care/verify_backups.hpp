#pragma once

#include "core/engine/care/verify.hpp"

namespace menacedb {

// The part of verify() that reads the backups of a database in its backup folder: each is held
// against its manifest, unpacked when it is compressed (not by a quick look), and looked through
// when it has no hash. May run while backups are made and pruned.
void verify_backups(const Context& context, const VerifyRequest& request,
                    const std::string& database, VerifyReport& report);

} // namespace menacedb
