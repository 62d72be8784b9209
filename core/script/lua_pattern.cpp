#include "core/script/lua_pattern.hpp"

#include <cctype>

namespace menacedb {
namespace {

constexpr int k_deepest = 200; // as in Lua itself

// One letter class, "%a" and so on; in the C locale, which is never left.
[[nodiscard]] bool is_of_class(unsigned char c, char letter) noexcept {
  bool is_in = false;
  switch (letter | 0x20) {
  case 'a':
    is_in = std::isalpha(c) != 0;
    break;
  case 'c':
    is_in = std::iscntrl(c) != 0;
    break;
  case 'd':
    is_in = std::isdigit(c) != 0;
    break;
  case 'g':
    is_in = std::isgraph(c) != 0;
    break;
  case 'l':
    is_in = std::islower(c) != 0;
    break;
  case 'p':
    is_in = std::ispunct(c) != 0;
    break;
  case 's':
    is_in = std::isspace(c) != 0;
    break;
  case 'u':
    is_in = std::isupper(c) != 0;
    break;
  case 'w':
    is_in = std::isalnum(c) != 0;
    break;
  case 'x':
    is_in = std::isxdigit(c) != 0;
    break;
  default:
    return letter == static_cast<char>(c); // an escaped sign
  }
  const bool is_letter = std::isalpha(static_cast<unsigned char>(letter)) != 0;
  if (!is_letter) {
    return letter == static_cast<char>(c);
  }
  return std::isupper(static_cast<unsigned char>(letter)) != 0 ? !is_in : is_in;
}

} // namespace

std::size_t LuaPattern::fail(const char* problem) noexcept {
  if (m_problem == nullptr) {
    m_problem = problem;
  }
  return k_none;
}

std::size_t LuaPattern::match(std::size_t at) noexcept {
  m_count = 0;
  m_depth = 0;
  return run(at, 0);
}

std::size_t LuaPattern::run(std::size_t s, std::size_t p) noexcept {
  if (++m_depth > k_deepest) {
    return fail("pattern too complex");
  }
  const std::size_t end = run_item(s, p);
  --m_depth;
  return end;
}

// Items without quantifier are taken in a loop; the others go through run() for what follows.
std::size_t LuaPattern::run_item(std::size_t s, std::size_t p) noexcept {
  while (p < m_pattern.size()) {
    if (!step()) {
      return k_none;
    }
    const char c = m_pattern[p];
    if (c == '(') {
      return open(s, p + 1);
    }
    if (c == ')') {
      return close(s, p + 1);
    }
    if (c == '$' && p + 1 == m_pattern.size()) {
      return s == m_subject.size() ? s : k_none;
    }
    if (c == '%' && at(p + 1) == 'f') {
      const std::size_t set = p + 2;
      if (at(set) != '[') {
        return fail("missing '[' after '%f' in pattern");
      }
      const std::size_t end = end_of_class(set);
      if (end == k_none || !is_frontier(s, set, end)) {
        return k_none;
      }
      p = end;
      continue;
    }
    if (c == '%' &&
        (at(p + 1) == 'b' || std::isdigit(static_cast<unsigned char>(at(p + 1))) != 0)) {
      s = run_special(s, p);
      if (s == k_none) {
        return k_none;
      }
      p += at(p + 1) == 'b' ? 4 : 2;
      continue;
    }
    const std::size_t end = end_of_class(p);
    if (end == k_none) {
      return k_none;
    }
    switch (at(end)) {
    case '*':
      return most(s, p, end);
    case '+':
      return fits(s, p, end) ? most(s + 1, p, end) : k_none;
    case '-':
      return least(s, p, end);
    case '?':
      if (fits(s, p, end)) {
        if (const std::size_t found = run(s + 1, end + 1); found != k_none) {
          return found;
        }
      }
      p = end + 1;
      break;
    default:
      if (!fits(s, p, end)) {
        return k_none;
      }
      ++s;
      p = end;
    }
  }
  return s;
}

std::size_t LuaPattern::run_special(std::size_t s, std::size_t p) noexcept {
  return at(p + 1) == 'b' ? balance(s, p + 2) : repeat_capture(s, at(p + 1));
}

std::size_t LuaPattern::most(std::size_t s, std::size_t p, std::size_t end) noexcept {
  std::size_t count = 0;
  while (fits(s + count, p, end)) {
    if (!step()) {
      return k_none;
    }
    ++count;
  }
  for (;; --count) {
    const std::size_t found = run(s + count, end + 1);
    if (found != k_none || count == 0 || !step()) {
      return found;
    }
  }
}

std::size_t LuaPattern::least(std::size_t s, std::size_t p, std::size_t end) noexcept {
  for (;; ++s) {
    const std::size_t found = run(s, end + 1);
    if (found != k_none || !step() || !fits(s, p, end)) {
      return found;
    }
  }
}

std::size_t LuaPattern::open(std::size_t s, std::size_t p) noexcept {
  if (m_count == k_most_captures) {
    return fail("too many captures");
  }
  const bool is_position = at(p) == ')';
  m_captures[m_count] = {s, 0, is_position ? Capture::Kind::position : Capture::Kind::open};
  ++m_count;
  const std::size_t found = run(s, is_position ? p + 1 : p);
  if (found == k_none) {
    --m_count;
  }
  return found;
}

std::size_t LuaPattern::close(std::size_t s, std::size_t p) noexcept {
  for (std::size_t i = m_count; i > 0; --i) {
    Capture& capture = m_captures[i - 1];
    if (capture.kind == Capture::Kind::open) {
      capture.kind = Capture::Kind::closed;
      capture.size = s - capture.begin;
      const std::size_t found = run(s, p);
      if (found == k_none) {
        capture.kind = Capture::Kind::open;
      }
      return found;
    }
  }
  return fail("invalid pattern capture");
}

std::size_t LuaPattern::balance(std::size_t s, std::size_t p) noexcept {
  if (p + 1 >= m_pattern.size()) {
    return fail("missing arguments to '%b'");
  }
  if (s >= m_subject.size() || m_subject[s] != m_pattern[p]) {
    return k_none;
  }
  int depth = 1;
  for (std::size_t i = s + 1; i < m_subject.size() && step(); ++i) {
    if (m_subject[i] == m_pattern[p + 1]) {
      if (--depth == 0) {
        return i + 1;
      }
    } else if (m_subject[i] == m_pattern[p]) {
      ++depth;
    }
  }
  return k_none;
}

std::size_t LuaPattern::repeat_capture(std::size_t s, char digit) noexcept {
  const int index = digit - '1';
  if (index < 0 || static_cast<std::size_t>(index) >= m_count ||
      m_captures[static_cast<std::size_t>(index)].kind == Capture::Kind::open) {
    return fail("invalid capture index in pattern");
  }
  const Capture& capture = m_captures[static_cast<std::size_t>(index)];
  const std::string_view text = m_subject.substr(capture.begin, capture.size);
  if (!m_budget.charge(static_cast<std::int64_t>(text.size() / 16))) {
    return k_none;
  }
  return m_subject.substr(s).starts_with(text) ? s + text.size() : k_none;
}

bool LuaPattern::is_frontier(std::size_t s, std::size_t p, std::size_t end) noexcept {
  const auto sign = [this](std::size_t i) {
    return i < m_subject.size() ? static_cast<unsigned char>(m_subject[i])
                                : static_cast<unsigned char>(0);
  };
  const unsigned char before = s == 0 ? static_cast<unsigned char>(0) : sign(s - 1);
  return !is_in_set(before, p, end - 1) && is_in_set(sign(s), p, end - 1);
}

// Where the item of one sign that begins at p ends: "a", "%a", "[a-z]".
std::size_t LuaPattern::end_of_class(std::size_t p) noexcept {
  const char c = m_pattern[p++];
  if (c == '%') {
    return p < m_pattern.size() ? p + 1 : fail("malformed pattern (ends with '%')");
  }
  if (c != '[') {
    return p;
  }
  if (at(p) == '^') {
    ++p;
  }
  do { // a ']' that comes first stands for itself
    if (p >= m_pattern.size()) {
      return fail("malformed pattern (missing ']')");
    }
    if (!m_budget.charge(1)) {
      return k_none;
    }
    if (m_pattern[p++] == '%') {
      ++p;
    }
  } while (at(p) != ']' || p >= m_pattern.size());
  return p + 1;
}

bool LuaPattern::fits(std::size_t s, std::size_t p, std::size_t end) noexcept {
  if (s >= m_subject.size()) {
    return false;
  }
  const auto c = static_cast<unsigned char>(m_subject[s]);
  switch (m_pattern[p]) {
  case '.':
    return true;
  case '%':
    return is_of_class(c, m_pattern[p + 1]);
  case '[':
    return m_budget.charge(static_cast<std::int64_t>((end - p) / 8)) && is_in_set(c, p, end - 1);
  default:
    return static_cast<unsigned char>(m_pattern[p]) == c;
  }
}

// The set begins with '[' at p; its ']' is at `end`.
bool LuaPattern::is_in_set(unsigned char c, std::size_t p, std::size_t end) const noexcept {
  bool when_found = true;
  ++p;
  if (m_pattern[p] == '^') {
    when_found = false;
    ++p;
  }
  for (; p < end; ++p) {
    if (m_pattern[p] == '%' && p + 1 < end) {
      if (is_of_class(c, m_pattern[++p])) {
        return when_found;
      }
    } else if (p + 2 < end && m_pattern[p + 1] == '-') {
      if (static_cast<unsigned char>(m_pattern[p]) <= c &&
          c <= static_cast<unsigned char>(m_pattern[p + 2])) {
        return when_found;
      }
      p += 2;
    } else if (static_cast<unsigned char>(m_pattern[p]) == c) {
      return when_found;
    }
  }
  return !when_found;
}

} // namespace menacedb
