#include "core/queue/access_tally.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <charconv>

namespace menacedb {
namespace {

constexpr Bytes k_large = 64u << 10;
constexpr Bytes k_largest = 64u << 20;
constexpr Duration k_rest = std::chrono::minutes(1); // far longer than a writer keeps it open
constexpr std::string_view k_shared = "shared ";
constexpr std::string_view k_local = "local ";

void append_lines(std::string& lines, std::string_view word, const AccessCounts::Tables& tables) {
  for (const auto& [table, count] : tables) {
    if (table.find('\n') == std::string::npos) {
      lines += fmt::format("{}{} {}\n", word, count, table);
    }
  }
}

void add_line(std::string_view line, AccessCounts& counts) {
  const bool is_shared = line.starts_with(k_shared);
  if (!is_shared && !line.starts_with(k_local)) {
    return;
  }
  line.remove_prefix(is_shared ? k_shared.size() : k_local.size());
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), count);
  const auto digits = static_cast<std::size_t>(end - line.data());
  if (error != std::errc{} || digits + 1 >= line.size() || *end != ' ') {
    return;
  }
  (is_shared ? counts.shared : counts.local)[std::string(line.substr(digits + 1))] += count;
}

} // namespace

std::string AccessTally::path() const {
  return join_path(m_spool.sealed_directory(), ".access");
}

std::string AccessTally::aside_path(std::uint64_t number) const {
  return fmt::format("{}.{}", path(), number);
}

Fd AccessTally::open() {
  OpenOptions options;
  options.mode = OpenMode::append;
  options.create = true;
  try {
    return m_fs.open(path(), options);
  } catch (const Error& error) {
    if (error.code() != "not-found" || !m_fs.stat(m_spool.directory())) {
      throw;
    }
  }
  m_spool.create_sealed_directory();
  return m_fs.open(path(), options);
}

void AccessTally::note(const AccessCounts& counts) {
  std::string lines;
  append_lines(lines, k_shared, counts.shared);
  append_lines(lines, k_local, counts.local);
  if (lines.empty()) {
    return;
  }
  try {
    static_cast<void>(m_fs.write_once(open(), lines));
  } catch (const Error&) { // a count is worth no access that fails
  }
}

void AccessTally::add(const std::string& path, AccessCounts& counts) const {
  const auto file = m_fs.stat(path);
  if (!file || file->type != FileType::regular) {
    return;
  }
  const std::string text = read_file(m_fs, path, k_largest);
  std::string_view rest = text;
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    add_line(rest.substr(0, end), counts);
    rest.remove_prefix(end + 1);
  }
}

AccessCounts AccessTally::pending(std::uint64_t folded) const {
  AccessCounts counts = aside(folded + 1);
  add(path(), counts);
  return counts;
}

bool AccessTally::is_large() const {
  const auto file = m_fs.stat(path());
  return file && file->size >= k_large;
}

bool AccessTally::is_ready_or_set_aside(std::uint64_t folded) {
  m_fs.unlink(aside_path(folded)); // a crash came between the commit and remove()
  if (const auto waiting = m_fs.stat(aside_path(folded + 1))) {
    return waiting->changed_at + k_rest <= m_clock.now();
  }
  m_fs.rename(path(), aside_path(folded + 1));
  return false;
}

AccessCounts AccessTally::aside(std::uint64_t number) const {
  AccessCounts counts;
  add(aside_path(number), counts);
  return counts;
}

void AccessTally::remove(std::uint64_t number) {
  m_fs.unlink(aside_path(number));
}

} // namespace menacedb
