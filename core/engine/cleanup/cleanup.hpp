#pragma once

#include "core/engine/context.hpp"
#include "core/policy/hooks.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

struct CleanupOptions {
  Hooks* hooks = nullptr; // their `retain` is asked; borrowed
  bool is_dry_run = false;
  bool lists_files = false; // CleanupResult::files is wanted
  std::optional<Duration>
      age{}; // instead of the settings', where a kind goes by the age of entries
  std::function<void(std::string_view action, std::uint64_t items)> on_progress{};
};

// What one kind of cleaning did, or would do.
struct CleanupResult {
  std::uint64_t items = 0;
  Bytes bytes = 0;                // of what was cleaned; 0 where that is not known
  std::vector<std::string> notes; // what could not be done, and why
  std::vector<std::string> files; // paths, in order; rows have none
};

// A kind of cleaning: `cleanup --<name>` runs it. Repeating it is harmless, and so is an end at
// any point.
struct CleanupAction {
  std::string_view name;
  std::string_view old_name; // `--<old name>`, as the old script calls it; empty: the same
  std::string_view verb;     // what a dry run says that it would do
  std::string_view past;     // what was done
  CleanupResult (*run)(const Context& context, const CleanupOptions& options);
};
[[nodiscard]] std::span<const CleanupAction> cleanup_actions() noexcept;

} // namespace menacedb
