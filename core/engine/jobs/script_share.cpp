#include "core/engine/jobs/script_share.hpp"

#include <algorithm>

namespace menacedb {
namespace {

constexpr Duration k_share = std::chrono::milliseconds(5);
constexpr std::size_t k_most = 1000;

} // namespace

void ScriptShare::note(std::size_t jobs, Duration took) noexcept {
  if (jobs == 0) {
    return;
  }
  const auto wanted = static_cast<std::size_t>(static_cast<Duration::rep>(jobs) * k_share.count() /
                                               std::max<Duration::rep>(took.count(), 1));
  m_count = std::clamp<std::size_t>(wanted, 1, std::min(k_most, 2 * m_count));
}

} // namespace menacedb
