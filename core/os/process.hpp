#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace menacedb {

[[nodiscard]] int process_id() noexcept;
[[nodiscard]] bool process_is_alive(int pid) noexcept;
// The command line of a process on one line, printable, at most 80 columns and without the folder
// of the program, or none when it is gone.
[[nodiscard]] std::optional<std::string> process_command(int pid);
// This program and its subcommand, "menacedb worker": without arguments, since they may be rows.
[[nodiscard]] const std::string& own_command();
// Random bytes from the kernel, as lower-case hex.
[[nodiscard]] std::string random_hex(std::size_t byte_count);
// Changes at each boot of the machine; empty when it cannot be known.
[[nodiscard]] std::string boot_id();

} // namespace menacedb
