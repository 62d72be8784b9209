#pragma once

#include <optional>
#include <string>

namespace menacedb {

[[nodiscard]] int process_id() noexcept;
// The command line of a process on one line, printable, or none when it is gone.
[[nodiscard]] std::optional<std::string> process_command(int pid);
// Random bytes from the kernel, as lower-case hex.
[[nodiscard]] std::string random_hex(std::size_t byte_count);
// Changes at each boot of the machine; empty when it cannot be known.
[[nodiscard]] std::string boot_id();

} // namespace menacedb
