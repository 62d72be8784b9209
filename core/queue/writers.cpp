#include "core/queue/writers.hpp"

#include "core/base/error.hpp"

#include <algorithm>
#include <chrono>

namespace menacedb {

namespace {

constexpr Duration k_seal_pause = std::chrono::seconds(1);
constexpr Duration k_grace = std::chrono::seconds(5);

} // namespace

bool Writers::are_gone(const std::string& path, const FileStat& stat) {
  if (since(stat.changed_at) < k_seal_pause) {
    return false;
  }
  try {
    const auto answer = m_fs.has_no_writer(path);
    return answer ? *answer : !is_fresh(stat);
  } catch (const Error& error) {
    if (error.code() == "not-found") {
      return false; // settled by another drain
    }
    throw;
  }
}

bool Writers::is_fresh(const FileStat& stat) {
  return std::min(since(stat.changed_at), since(stat.modified_at)) < k_grace;
}

// A clock that was set back must not make the wait longer.
Duration Writers::since(Instant when) {
  const Duration age = m_clock.now() - when;
  return age < Duration::zero() ? -age : age;
}

} // namespace menacedb
