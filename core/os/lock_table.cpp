#include "core/os/lock_table.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace menacedb {
namespace {

// Takes the next word off the front; empty at the end.
std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

template <typename Number>
bool read_number(std::string_view text, Number& number, int base = 10) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return fault == std::errc() && end == text.data() + text.size();
}

bool read_type(std::string_view word, KernelLock& lock) {
  if (word == "POSIX") {
    lock.type = KernelLock::Type::posix;
  } else if (word == "OFDLCK") {
    lock.type = KernelLock::Type::open_file;
  } else if (word == "FLOCK") {
    lock.type = KernelLock::Type::flock;
  } else {
    return false;
  }
  return true;
}

// "fe:00:1097": the device in hexadecimal, the inode in decimal.
bool read_file(std::string_view word, KernelLock& lock) {
  const std::size_t first = word.find(':');
  const std::size_t second = word.find(':', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) {
    return false;
  }
  return read_number(word.substr(0, first), lock.device_major, 16) &&
         read_number(word.substr(first + 1, second - first - 1), lock.device_minor, 16) &&
         read_number(word.substr(second + 1), lock.inode);
}

bool read_range(std::string_view first, std::string_view last, KernelLock& lock) {
  if (last == "EOF") {
    lock.last = KernelLock::k_to_the_end;
    return read_number(first, lock.first);
  }
  return read_number(first, lock.first) && read_number(last, lock.last);
}

} // namespace

std::optional<KernelLock> parse_lock_line(std::string_view line) {
  KernelLock lock;
  if (!take_word(line).ends_with(':')) {
    return std::nullopt;
  }
  std::string_view type = take_word(line);
  if (type == "->") {
    lock.is_waiting = true;
    type = take_word(line);
  }
  take_word(line); // ADVISORY
  lock.is_write = take_word(line) == "WRITE";
  int pid = 0;
  const bool is_read = read_type(type, lock) && read_number(take_word(line), pid) &&
                       read_file(take_word(line), lock);
  const std::string_view first = take_word(line);
  if (!is_read || !read_range(first, take_word(line), lock)) {
    return std::nullopt;
  }
  lock.pid = std::max(pid, 0);
  return lock;
}

std::vector<KernelLock> parse_lock_table(std::string_view text) {
  std::vector<KernelLock> locks;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (const auto lock = parse_lock_line(text.substr(0, end))) {
      locks.push_back(*lock);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return locks;
}

} // namespace menacedb
