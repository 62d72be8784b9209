#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// "<host>:<boot>:<pid>:<start>": names this very process among all of all machines and times. The
// start is in ticks since the boot, so that a pid that was given away is another process; the boot
// holds the pid namespace, whose numbers mean nothing elsewhere.
[[nodiscard]] std::string process_identity(); // reads /proc: keep it

// "<host>:<boot>": within it, clocks that nobody can set tell the same time.
[[nodiscard]] std::string machine_identity();

enum class OwnerState {
  alive,
  dead,    // for certain: the machine was restarted since, or the process is gone
  unknown, // another machine's or container's, or not an identity
};
[[nodiscard]] OwnerState owner_state(std::string_view identity);

// When a process was started, in ticks since the boot; none when it is gone.
[[nodiscard]] std::optional<std::int64_t> process_start_ticks(int pid);

} // namespace menacedb
