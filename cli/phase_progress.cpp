#include "cli/phase_progress.hpp"

namespace menacedb {

void PhaseProgress::update(std::string_view phase, std::uint64_t done, std::uint64_t total) {
  if (!m_bar || m_phase != phase) {
    m_phase = phase;
    m_bar.emplace(m_app.clock(), m_phase, total, !m_app.is_quiet());
  }
  m_bar->set_total(total);
  m_bar->update(done);
}

} // namespace menacedb
