#include "core/store/row_hashes.hpp"

#include "core/store/content_hash.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace menacedb {

namespace {

// An empty list means all fields, like no list (CONTRACTS 1.1).
std::uint32_t chosen_fields(const JsonTape& tape, const Entry& entry) {
  const std::uint32_t fields = entry.hash_fields;
  return fields != k_no_node && tape.at(fields).child_count > 0 ? fields : k_no_node;
}

void write_hex(RowHash& hash) {
  constexpr std::string_view k_digits = "0123456789abcdef";
  std::size_t at = 0;
  for (const unsigned char byte : hash.digest) {
    hash.hex[at++] = k_digits[byte >> 4];
    hash.hex[at++] = k_digits[byte & 0x0f];
  }
}

} // namespace

std::optional<RowHash> hash_row(const JsonTape& tape, const Entry& entry, std::string& scratch) {
  const auto digest = content_hash(tape, entry.data, chosen_fields(tape, entry), scratch);
  if (!digest) {
    return std::nullopt;
  }
  RowHash hash;
  hash.digest = *digest;
  write_hex(hash);
  return hash;
}

Fault missing_hash_fields(const JsonTape& tape, const Entry& entry) {
  std::vector<std::string_view> missing;
  const std::uint32_t fields = chosen_fields(tape, entry);
  const std::uint32_t count = fields == k_no_node ? 0 : tape.at(fields).child_count;
  std::uint32_t node = fields + 1;
  for (std::uint32_t i = 0; i < count; ++i, node = tape.next_sibling(node)) {
    if (!tape.find(entry.data, tape.at(node).text)) {
      missing.push_back(tape.at(node).text);
    }
  }
  std::sort(missing.begin(), missing.end());
  missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
  return Fault{"hash-fields",
               fmt::format("Missing fields for hashing: {}", fmt::join(missing, ", "))};
}

} // namespace menacedb
