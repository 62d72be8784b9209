#include "core/engine/care/verify_findings.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

constexpr std::size_t k_told = 5; // files of each kind of trouble

} // namespace

void Findings::add(const std::string& path, std::string_view what) {
  if (m_count++ < k_told) {
    m_text += fmt::format("{}'{}' {}", m_text.empty() ? "" : "; ", path, what);
  }
}

std::string Findings::text() const {
  return m_count <= k_told ? m_text : fmt::format("{}; and {} more", m_text, m_count - k_told);
}

} // namespace menacedb
