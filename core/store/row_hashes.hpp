#pragma once

#include "core/base/hash.hpp"
#include "core/model/batch.hpp"

#include <array>
#include <string>
#include <string_view>

namespace menacedb {

// The content hash of one entry, in both forms it is stored in.
struct RowHash {
  Sha256::Digest digest{};
  std::array<char, 64> hex{};

  [[nodiscard]] std::string_view text() const noexcept { return {hex.data(), hex.size()}; }
  [[nodiscard]] std::string_view bytes() const noexcept {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
  }
};

// None when a hash field is not in the data. `scratch` only saves allocations.
[[nodiscard]] std::optional<RowHash> hash_row(const JsonTape& tape, const Entry& entry,
                                              std::string& scratch);
// "Missing fields for hashing: a, b".
[[nodiscard]] Fault missing_hash_fields(const JsonTape& tape, const Entry& entry);

} // namespace menacedb
