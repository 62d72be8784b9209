#pragma once

#include "core/engine/care/verify.hpp"

namespace menacedb {

// The part of verify() that holds the files of the spools against the ledger of the shared store.
// May run beside a drain: what looks wrong only because the drain is at work is looked at again.
void verify_queues(const Context& context, const VerifyRequest& request, VerifyReport& report);

} // namespace menacedb
