#include "core/engine/jobs/job_end.hpp"

#include "core/base/units.hpp"
#include "core/base/utf8.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <string.h>

namespace menacedb {
namespace {

std::string with_output(std::string text, const ChildEnd& end) {
  const std::string said = readable_text(end.said);
  return said.empty() ? text : fmt::format("{}: {}", text, said);
}

std::string signal_text(int number) {
  const char* const name = ::sigabbrev_np(number);
  return name == nullptr ? fmt::format("died by signal {}", number)
                         : fmt::format("died by SIG{}", name);
}

} // namespace

std::string readable_text(std::string_view bytes) {
  while (!bytes.empty() && detail::is_continuation(static_cast<unsigned char>(bytes.front()))) {
    bytes.remove_prefix(1);
  }
  while (!bytes.empty() && (bytes.back() == '\n' || bytes.back() == '\r' || bytes.back() == ' ')) {
    bytes.remove_suffix(1);
  }
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const Utf8Char next = decode_utf8(bytes, at);
    if (next.length == 0 || bytes[at] == '\0') {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes[at]));
      ++at;
    } else {
      text += bytes.substr(at, next.length);
      at += next.length;
    }
  }
  return text;
}

JobResult result_of(const ChildEnd& end, Duration timeout) {
  using Kind = JobResult::Kind;
  switch (end.how) {
  case ChildEnd::How::exited:
    if (end.status == 0) {
      return {Kind::completed, {}};
    }
    if (end.status == k_retry_status) {
      return {Kind::retry, with_output("the handler asked for a retry", end)};
    }
    return {Kind::failed, with_output(fmt::format("exit status {}", end.status), end)};
  case ChildEnd::How::signalled:
    return {Kind::failed, with_output(signal_text(end.signal), end)};
  case ChildEnd::How::timed_out:
    return {Kind::failed,
            with_output(fmt::format("timed out after {}", format_duration(timeout)), end)};
  case ChildEnd::How::stopped:
    break;
  }
  return {Kind::released, {}};
}

} // namespace menacedb
