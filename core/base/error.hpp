#pragma once

#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// What kind of trouble an Error is. cli/exit_code.hpp maps each kind to one exit status.
enum class ErrorKind {
  usage,         // the command line is wrong
  bad_input,     // the data given is wrong
  unavailable,   // a worker or server cannot be reached
  cannot_create, // a file or folder cannot be created
  io,            // the disk or file system failed, or is full
  busy,          // a lock or a deadline; safe to try again
  denied,        // policy or permission
  config,        // the configuration is bad, or a table is not declared
  sql,           // SQLite refused a statement; the data or the schema is at fault
  internal,      // a mistake of ours
};

// The one exception type. A message reads: cannot + action + object + reason, in lower case,
// without full stop. Each layer that knows more adds one phrase in front with within().
class Error : public std::exception {
public:
  // `code` is a stable word for scripts, such as "table-unknown".
  Error(ErrorKind kind, std::string_view code, std::string message);

  [[nodiscard]] ErrorKind kind() const noexcept { return m_kind; }
  [[nodiscard]] const std::string& code() const noexcept { return m_code; }
  [[nodiscard]] const std::string& message() const noexcept { return m_message; }
  [[nodiscard]] const std::string& hint() const noexcept { return m_hint; } // empty when none
  [[nodiscard]] bool is_retryable() const noexcept { return m_kind == ErrorKind::busy; }
  [[nodiscard]] const char* what() const noexcept override { return m_message.c_str(); }

  // "sync queue 'alpha'" + ": " + message.
  [[nodiscard]] Error within(std::string_view context) &&;
  // A command that helps, or a short advice; replaces an earlier hint.
  [[nodiscard]] Error with_hint(std::string hint) &&;

private:
  ErrorKind m_kind;
  std::string m_code;
  std::string m_message;
  std::string m_hint;
};

// The error of a failed system call: `cannot <action> '<path>': <errno's text>`. EACCES, EPERM and
// EROFS are `denied`; EAGAIN and EWOULDBLOCK `busy`; everything else `io`. Code: "io-error",
// "disk-full" (ENOSPC, EDQUOT), "permission", "not-found" (ENOENT), "busy".
[[nodiscard]] Error system_error(int error_number, std::string_view action, std::string_view path);

} // namespace menacedb
