#pragma once

#include <sys/types.h>

// A program that stands still before each of its system calls.
namespace traced {

inline constexpr int k_cannot_trace = 77; // the exit status where processes may not be traced

// Runs the program, argv[0] being its path; it waits, before its first instruction, for begin().
// Below 0: it could not be made.
[[nodiscard]] pid_t start(char** argv);
// Lets it run to its first call, under these PTRACE_O_ options. False: it may not be traced.
[[nodiscard]] bool begin(pid_t child, long options);
void resume(pid_t thread, int signal);
[[nodiscard]] int exit_status(int wait_status); // as a shell counts

} // namespace traced
