#include "core/audit/audit_chain.hpp"

#include "core/base/hash.hpp"

#include <algorithm>

namespace menacedb {
namespace {

constexpr std::string_view k_hash_field = R"(, "hash": ")";
constexpr std::string_view k_prev_field = R"(, "prev": ")";
constexpr std::string_view k_end = R"("})";

bool is_hash(std::string_view text) {
  return text.size() == k_chain_start.size() && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// The hash in `, "<field>": "<hash>` at the end of the text.
std::optional<std::string_view> last_hash(std::string_view text, std::string_view field) {
  if (text.size() < field.size() + k_chain_start.size()) {
    return std::nullopt;
  }
  const std::string_view hash = text.substr(text.size() - k_chain_start.size());
  text.remove_suffix(hash.size());
  return text.ends_with(field) && is_hash(hash) ? std::optional(hash) : std::nullopt;
}

} // namespace

std::optional<ChainedLine> read_chained_line(std::string_view line) {
  if (!line.starts_with('{') || !line.ends_with(k_end)) {
    return std::nullopt;
  }
  line.remove_suffix(k_end.size());
  const auto hash = last_hash(line, k_hash_field);
  if (!hash) {
    return std::nullopt;
  }
  line.remove_suffix(hash->size() + k_hash_field.size());
  ChainedLine chained{line, *hash, std::nullopt};
  if (line.ends_with('"')) {
    chained.prev = last_hash(line.substr(0, line.size() - 1), k_prev_field);
  }
  return chained;
}

std::string chain_hash(std::string_view previous, std::string_view head) {
  Sha256 sum;
  sum.update(previous);
  sum.update(head);
  sum.update("}");
  return to_hex(sum.finish());
}

void close_chained_line(std::string& lines, std::size_t begin, std::string& previous,
                        bool is_first) {
  if (is_first) {
    lines += k_prev_field;
    lines += previous;
    lines += '"';
  }
  previous = chain_hash(previous, std::string_view(lines).substr(begin));
  lines += k_hash_field;
  lines += previous;
  lines += k_end;
  lines += '\n';
}

} // namespace menacedb
