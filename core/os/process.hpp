#pragma once

#include "core/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace menacedb {

[[nodiscard]] int process_id() noexcept;
[[nodiscard]] bool process_is_alive(int pid) noexcept;
// The command line of a process on one line, printable, at most 80 columns and without the folder
// of the program, or none when it is gone.
[[nodiscard]] std::optional<std::string> process_command(int pid);
// When it was started, to a hundredth of a second; none when it is gone or cannot be known.
[[nodiscard]] std::optional<Instant> process_started_at(int pid);
// This program and its subcommand, "menacedb worker": without arguments, since they may be rows.
[[nodiscard]] const std::string& own_command();
// What read calls have given this process so far; 0 when the kernel does not say.
[[nodiscard]] std::uint64_t bytes_read_by_us();
// Random bytes from the kernel, as lower-case hex.
[[nodiscard]] std::string random_hex(std::size_t byte_count);
// Changes at each boot of the machine; empty when it cannot be known.
[[nodiscard]] std::string boot_id();

} // namespace menacedb
