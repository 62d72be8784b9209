#pragma once

#include "core/base/hash.hpp"
#include "core/queue/dead_letters.hpp"

#include <map>

namespace menacedb {

// Lines of a file of dead letters that are to leave it. They are known by place and content: a
// rewrite by somebody else moves lines.
class TakenLines {
public:
  void add(const DeadLetterFile::Line& line) { add(line.offset, digest64(line.text)); }
  void add(Bytes offset, std::uint64_t digest) { m_digests[offset] = digest; }
  [[nodiscard]] bool has(const DeadLetterFile::Line& line) const {
    const auto found = m_digests.find(line.offset);
    return found != m_digests.end() && found->second == digest64(line.text);
  }
  [[nodiscard]] bool is_empty() const noexcept { return m_digests.empty(); }

private:
  std::map<Bytes, std::uint64_t> m_digests; // by offset
};

} // namespace menacedb
