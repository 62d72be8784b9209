#pragma once

#include "core/base/error.hpp"

#include <optional>

namespace menacedb::test {

// The error that the call throws, or none.
template <typename Call>
std::optional<Error> error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

} // namespace menacedb::test
