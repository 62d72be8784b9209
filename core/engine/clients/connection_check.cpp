#include "core/engine/clients/connection_check.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/engine/clients/connection_finder.hpp"
#include "core/engine/clients/source_language.hpp"
#include "core/engine/clients/source_mask.hpp"
#include "core/os/named_file.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

constexpr Bytes k_largest = 8u << 20;
constexpr std::size_t k_looked_at_for_zeros = 8000;
constexpr std::string_view k_allow = "menacedb: allow";

[[nodiscard]] bool is_source(const std::string& path) {
  return language_of_name(path) != Language::none || may_have_interpreter(path);
}

// From the first byte of a line to its newline.
struct LineRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

[[nodiscard]] LineRange line_around(std::string_view text, std::size_t at) {
  const std::size_t newline = text.rfind('\n', at);
  return {newline == std::string_view::npos ? 0 : newline + 1,
          std::min(text.find('\n', at), text.size())};
}

// A comment on the line that says so, with a reason.
[[nodiscard]] bool is_allowed_inline(std::string_view text, std::string_view masked,
                                     LineRange line) {
  const std::string_view content = text.substr(line.begin, line.end - line.begin);
  const std::size_t found = content.find(k_allow);
  if (found == std::string_view::npos || masked[line.begin + found] != k_in_comment) {
    return false;
  }
  const std::string_view reason = content.substr(found + k_allow.size());
  return !reason.empty() && (reason[0] == ' ' || reason[0] == '\t' || reason[0] == ':') &&
         reason.find_first_not_of(" \t:*/->\r") != std::string_view::npos;
}

} // namespace

ConnectionCheck::ConnectionCheck(Fs& fs, AllowList allowed)
    : m_fs(fs), m_allow_list(std::move(allowed)) {}

void ConnectionCheck::check(const std::string& path) {
  m_allow_list.saw(path);
  ++m_files;
  read_and_check(path);
}

void ConnectionCheck::check_listed(const std::string& path) {
  const std::optional<FileStat> stat = m_fs.stat(path);
  if (!stat || stat->type != FileType::regular) {
    return;
  }
  m_allow_list.saw(path);
  ++m_files;
  if (is_source(path)) {
    read_and_check(path);
  }
}

void ConnectionCheck::read_and_check(const std::string& path) {
  NamedFile file(path == "-" ? "./-" : path); // a name here, not standard input
  if (file.size() > k_largest) {
    m_skipped.push_back(path);
    return;
  }
  m_buffer.resize(k_largest + 1);
  std::size_t size = 0;
  while (size < m_buffer.size()) {
    const std::size_t count = file.read(m_buffer.data() + size, m_buffer.size() - size);
    size += count;
    if (count == 0) {
      break;
    }
  }
  if (is_source(path)) {
    check_text(path, std::string_view(m_buffer.data(), size));
  }
}

void ConnectionCheck::check_text(const std::string& path, std::string_view text) {
  const bool is_binary = text.substr(0, k_looked_at_for_zeros).find('\0') != std::string_view::npos;
  if (is_binary || !may_connect(text)) {
    return;
  }
  Language language = language_of_name(path);
  if (language == Language::none) {
    language = language_of_interpreter(text);
  }
  const std::string masked = mask_source(text, language);
  std::vector<DirectConnection> found = find_connections(text, masked, language);
  std::ranges::stable_sort(found, {}, &DirectConnection::offset);
  std::uint64_t line_number = 1;
  std::size_t counted = 0; // up to here
  std::size_t last_end = 0;
  for (const DirectConnection& connection : found) {
    const LineRange line = line_around(text, connection.offset);
    if (line.end == last_end) {
      continue; // one finding a line
    }
    last_end = line.end;
    line_number += static_cast<std::uint64_t>(
        std::count(text.begin() + static_cast<std::ptrdiff_t>(counted),
                   text.begin() + static_cast<std::ptrdiff_t>(line.begin), '\n'));
    counted = line.begin;
    if (is_allowed_inline(text, masked, line) || m_allow_list.allows(path)) {
      ++m_allowed;
      continue;
    }
    m_findings.push_back({path, line_number, connection.offset - line.begin + 1,
                          std::string(trim(text.substr(line.begin, line.end - line.begin))),
                          connection.pattern});
  }
}

} // namespace menacedb
