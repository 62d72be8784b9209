#pragma once

#include "core/base/hash.hpp"
#include "core/base/json.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace menacedb {

// The content hash of CONTRACTS 1.1, bit for bit: SHA-256 of the canonical JSON of the chosen
// members of `object` (an expanded object on the tape). `fields` is an array of strings on the
// tape, or k_no_node for all members. None when a field is not in the object; `scratch` only saves
// allocations.
[[nodiscard]] std::optional<Sha256::Digest> content_hash(const JsonTape& tape, std::uint32_t object,
                                                         std::uint32_t fields,
                                                         std::string& scratch);

} // namespace menacedb
