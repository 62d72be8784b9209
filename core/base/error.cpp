#include "core/base/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace menacedb {

Error::Error(ErrorKind kind, std::string_view code, std::string message)
    : m_kind(kind), m_code(code), m_message(std::move(message)) {}

Error Error::within(std::string_view context) && {
  m_message.insert(0, ": ").insert(0, context);
  return std::move(*this);
}

Error Error::with_hint(std::string hint) && {
  m_hint = std::move(hint);
  return std::move(*this);
}

namespace {

ErrorKind kind_of(int error_number) {
  switch (error_number) {
  case EACCES:
  case EPERM:
  case EROFS:
    return ErrorKind::denied;
  case EAGAIN: // EWOULDBLOCK is the same number
    return ErrorKind::busy;
  default:
    return ErrorKind::io;
  }
}

std::string_view code_of(int error_number) {
  switch (error_number) {
  case EACCES:
  case EPERM:
  case EROFS:
    return "permission";
  case EAGAIN:
    return "busy";
  case ENOENT:
    return "not-found";
  case ENOSPC:
  case EDQUOT:
    return "disk-full";
  default:
    return "io-error";
  }
}

static_assert(EAGAIN == EWOULDBLOCK);

} // namespace

Error system_error(int error_number, std::string_view action, std::string_view path) {
  return Error(kind_of(error_number), code_of(error_number),
               fmt::format("cannot {} '{}': {}", action, path,
                           std::generic_category().message(error_number)));
}

} // namespace menacedb
