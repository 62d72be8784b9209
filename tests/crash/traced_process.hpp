#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

// What can be read of another process that stands still in a system call.
namespace traced {

[[nodiscard]] std::string proc(pid_t thread, const std::string& name);
[[nodiscard]] std::string descriptor(pid_t thread, std::uint64_t number); // a path in /proc
[[nodiscard]] std::string link_target(const std::string& path);           // empty: there is none
[[nodiscard]] pid_t process_of(pid_t thread);
[[nodiscard]] std::int64_t position(pid_t thread, std::uint64_t descriptor);
[[nodiscard]] std::string read_memory(pid_t thread, std::uint64_t address, std::size_t size);
[[nodiscard]] std::string read_text(pid_t thread, std::uint64_t address); // up to its NUL

} // namespace traced
