#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// What `sealed/.spool` says. Numbers below `reserved` are on disk as taken; after a power cut the
// unsynced `next` may be an old one, so another boot begins at `reserved`.
struct SpoolState {
  std::string spool;
  std::uint64_t next = 1;
  std::uint64_t reserved = 1;
  std::string boot;
};

// Always of the same size, so that it can be rewritten in place within one sector.
[[nodiscard]] std::string encode_spool_state(const SpoolState& state);
[[nodiscard]] std::optional<SpoolState> decode_spool_state(std::string_view text);

// Gives the next number. It may be used once `reserved` is on disk.
[[nodiscard]] std::uint64_t take_number(SpoolState& state, std::string_view boot);

} // namespace menacedb
