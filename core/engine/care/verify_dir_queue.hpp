#pragma once

#include "core/engine/care/verify.hpp"

namespace menacedb {

// The part of verify() that holds the files of the directory queue against the ledger of its home
// store. May run beside a drain.
void verify_dir_queue(const Context& context, const VerifyRequest& request, VerifyReport& report);

} // namespace menacedb
