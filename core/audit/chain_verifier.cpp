#include "core/audit/chain_verifier.hpp"

#include "core/audit/audit_chain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace menacedb {
namespace {

// A name taken apart: "audit.log.2.gz" is generation 2 of "audit.log".
struct Generation {
  std::string_view log;
  unsigned number = 0; // 0: the one that is written to
};

[[nodiscard]] Generation generation_of(std::string_view path) {
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (path.ends_with(packed)) {
      path.remove_suffix(packed.size());
    }
  }
  const std::size_t dot = path.rfind('.');
  unsigned number = 0;
  if (dot != std::string_view::npos && dot + 1 < path.size()) {
    const char* const end = path.data() + path.size();
    const auto [stop, error] = std::from_chars(path.data() + dot + 1, end, number);
    if (error == std::errc{} && stop == end) {
      return {path.substr(0, dot), number};
    }
  }
  return {path, 0};
}

// The chained files of one log, oldest first.
using Files = std::vector<ChainVerdict*>;

[[nodiscard]] bool follows_any(const ChainVerdict& file, const Files& files) {
  return std::ranges::any_of(files, [&](const ChainVerdict* other) {
    return other != &file && other->last_hash == file.previous;
  });
}

// One file may begin the chain, or have a predecessor that is not here: the oldest.
void verify_files(const Files& files) {
  for (std::size_t i = 1; i < files.size(); ++i) {
    ChainVerdict& file = *files[i];
    // Behind a bad file nobody knows what should follow.
    if (!file.is_ok || !files[i - 1]->is_ok || follows_any(file, files)) {
      continue;
    }
    file.is_ok = false;
    file.first_bad_line = file.first_chained_line;
    file.reason = fmt::format("it does not follow '{}': the end of that file, or a file between "
                              "them, is missing",
                              files[i - 1]->path);
  }
}

} // namespace

void ChainVerifier::scan() {
  while (const std::optional<LineBuffer::Line> line = m_input.next()) {
    verify(*line);
  }
}

void ChainVerifier::finish() {
  if (const std::optional<LineBuffer::Line> line = m_input.last()) {
    verify(*line);
  }
  if (m_verdict.is_ok && m_verdict.lines > 0 && m_verdict.first_chained_line == 0) {
    m_verdict.is_ok = false;
    m_verdict.reason = "it has no chain: no line has a hash";
  }
}

void ChainVerifier::verify(const LineBuffer::Line& line) {
  ++m_verdict.lines;
  if (!m_verdict.is_ok) {
    return;
  }
  const auto chained = read_chained_line(line.text);
  if (!chained) {
    if (m_verdict.first_chained_line != 0) {
      fail(line.is_terminated ? "it has no hash, so it was added or changed" : "it is cut off");
    }
    return;
  }
  if (m_verdict.first_chained_line == 0) {
    m_verdict.first_chained_line = m_verdict.lines;
    m_verdict.previous = chained->prev.value_or(k_chain_start);
    m_verdict.last_hash = m_verdict.previous;
  }
  if (chained->prev && *chained->prev != m_verdict.last_hash) {
    fail("it follows another line than the one before it");
  } else if (chain_hash(m_verdict.last_hash, chained->head) != chained->hash) {
    fail("its hash is wrong: it was changed, or lines before it were changed, removed, added or "
         "moved");
  } else {
    m_verdict.last_hash = chained->hash;
  }
}

void ChainVerifier::fail(std::string reason) {
  m_verdict.is_ok = false;
  m_verdict.first_bad_line = m_verdict.lines;
  m_verdict.reason = std::move(reason);
}

void verify_generations(std::vector<ChainVerdict>& verdicts) {
  std::map<std::string_view, Files> logs;
  for (ChainVerdict& verdict : verdicts) {
    if (verdict.first_chained_line != 0) {
      logs[generation_of(verdict.path).log].push_back(&verdict);
    }
  }
  for (auto& [log, files] : logs) {
    std::ranges::stable_sort(files, std::ranges::greater{}, [](const ChainVerdict* file) {
      return generation_of(file->path).number;
    });
    verify_files(files);
  }
}

} // namespace menacedb
