#include "core/queue/dir_uncounted.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace menacedb {
namespace {

constexpr Bytes k_largest = 16u << 20; // half a million lines

// Takes a number and what ends it off the front; 0 for what is none.
std::uint64_t take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const char* const end = std::from_chars(text.data(), text.data() + text.size(), number).ptr;
  text.remove_prefix(std::min(static_cast<std::size_t>(end - text.data()) + 1, text.size()));
  return number;
}

} // namespace

DirUncounted::DirUncounted(Fs& fs, Clock& clock, const std::string& directory)
    : m_fs(fs), m_clock(clock), m_path(join_path(directory, ".uncounted")) {}

void DirUncounted::note(std::uint32_t retries) {
  const auto now = static_cast<std::uint64_t>(m_clock.now().time_since_epoch().count());
  const std::uint64_t number = std::max(now, is_empty() ? 0 : beyond(0).last + 1);
  const Fd file = m_fs.open(m_path, {.mode = OpenMode::append, .create = true});
  m_fs.write_all(file, fmt::format("{} {}\n", number, retries));
}

bool DirUncounted::is_empty() {
  return !m_fs.stat(m_path);
}

DirUncounted::Sum DirUncounted::beyond(std::uint64_t counted) {
  Sum sum;
  const std::string text = read_file(m_fs, m_path, k_largest);
  std::string_view rest = text;
  while (rest.find('\n') != std::string_view::npos) { // else a crash cut it
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    const std::uint64_t number = take_number(line);
    sum.failed += number > counted ? 1 : 0;
    sum.retries += number > counted ? take_number(line) : 0;
    sum.last = std::max(sum.last, number);
  }
  return sum;
}

void DirUncounted::forget() {
  m_fs.unlink(m_path);
}

} // namespace menacedb
