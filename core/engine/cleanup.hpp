#pragma once

#include "core/engine/context.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

struct CleanupOptions {
  bool is_dry_run = false;
  std::function<void(std::string_view action, std::uint64_t items)> on_progress;
};

// What one kind of cleaning did, or would do.
struct CleanupResult {
  std::uint64_t items = 0;
  Bytes bytes = 0;                // freed; 0 where that is not known
  std::vector<std::string> notes; // what could not be done, and why
};

// A kind of cleaning: `cleanup --<name>` runs it. Repeating it is harmless.
struct CleanupAction {
  std::string_view name;
  std::string_view summary;
  CleanupResult (*run)(const Context& context, const CleanupOptions& options);
};
[[nodiscard]] std::span<const CleanupAction> cleanup_actions() noexcept;

} // namespace menacedb
