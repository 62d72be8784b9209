#pragma once

#include "core/engine/context.hpp"

#include <functional>

namespace menacedb {

// Runs `work`, again as a whole when it throws busy, with the waits and attempts of [retry]. Then
// the error says in how many attempts and how long. A stop ends it at once.
void retry_busy(const Context& context, const std::function<void()>& work);

} // namespace menacedb
