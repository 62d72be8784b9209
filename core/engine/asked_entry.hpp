#pragma once

#include "core/model/batch.hpp"
#include "core/policy/hooks.hpp"

#include <string>

namespace menacedb {

// An entry of a batch as its hooks are asked about it. The batch outlives it.
class AskedEntry {
public:
  AskedEntry(const Batch& batch, const Entry& entry);
  AskedEntry(const AskedEntry&) = delete;
  AskedEntry& operator=(const AskedEntry&) = delete;

  [[nodiscard]] const HookEntry& entry() const noexcept { return m_asked; }

private:
  std::string m_metadata;
  HookEntry m_asked;
};

} // namespace menacedb
