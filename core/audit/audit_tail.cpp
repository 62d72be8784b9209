#include "core/audit/audit_tail.hpp"

#include "core/audit/audit_chain.hpp"

#include <algorithm>

namespace menacedb {
namespace {

constexpr Bytes k_first_look = 4u << 10;
constexpr Bytes k_last_look = 4u << 20;

// The hash of the last chained line that stands in `lines` with its beginning.
std::optional<std::string> last_hash(std::string_view lines, bool begins_whole) {
  while (!lines.empty()) {
    lines.remove_suffix(1); // the newline
    const std::size_t before = lines.rfind('\n');
    if (before == std::string_view::npos && !begins_whole) {
      break;
    }
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    if (const auto chained = read_chained_line(lines.substr(begin))) {
      return std::string(chained->hash);
    }
    lines = lines.substr(0, begin);
  }
  return std::nullopt;
}

} // namespace

AuditTail read_audit_tail(Fs& fs, const Fd& file, Bytes size) {
  AuditTail tail{size, std::nullopt};
  std::string text;
  for (Bytes look = k_first_look;; look *= 8) {
    const Bytes length = std::min({look, size, k_last_look});
    text.resize(length);
    text.resize(fs.read_at(file, text.data(), length, size - length));
    const std::size_t newline = text.rfind('\n');
    const std::size_t whole = newline == std::string::npos ? 0 : newline + 1;
    const bool is_all = length == size;
    if (whole > 0 || is_all) {
      tail.whole = size - length + whole;
      tail.hash = last_hash(std::string_view(text).substr(0, whole), is_all);
    }
    if (tail.hash || is_all || length == k_last_look) {
      return tail;
    }
  }
}

} // namespace menacedb
